import FlomTestKit
import Foundation
import Testing

/// ^Z on a waiter: the lock goes to the next one, as with flock.
@Suite struct StoppedWaiterTests {
    @Test(arguments: ["db", "n[1]", "a.b", "/srv/x", "_s_n[1]", "_S_n[1]"])
    func itHoldsUpNobodyAndKeepsItsPlace(resource: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let isSet = resource == "a.b"
        let holder = try await box.hold(resource)
        let second = isSet ? try await box.hold(resource) : nil
        let stopped = try await box.queue(for: resource, "--", "sh", "-c", "echo stopped >> ran")
        let next = try await box.queue(for: resource, "--", "sh", "-c", "echo next >> ran; cat gate")
        stopped.send(SIGSTOP)
        let gate = try box.gate("gate")
        try await holder.letGo()
        try await eventually("the next one runs") { Files.text(of: box.path("ran")) == "next\n" }
        #expect(try await box.count(of: "passed_over") == 1)
        // A later waiter is behind it.
        let last = try await box.queue(for: resource, "--", "sh", "-c", "echo last >> ran")
        stopped.send(SIGCONT)
        try await eventually("it is back") { try await box.count(of: "resumed") == 1 }
        try await gate.open()
        #expect(try await next.wait().status == 0)
        let outcome = try await stopped.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await last.wait().status == 0)
        if !isSet { #expect(Files.text(of: box.path("ran")) == "next\nstopped\nlast\n") }
        try await second?.letGo()
        try await eventually("all is free") { try await box.status().isEmpty }
        // The record shows one wait and one hold.
        let row = try #require(try await box.history(of: resource).first { $0.clientPID == stopped.pid })
        #expect(
            row.outcome == "released" && (row.waitedMicroseconds ?? 0) > 2_000_000 && (row.heldMicroseconds ?? .max) < 2_000_000)
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
        let verified = try await box.flom("--history", "--verify")
        #expect(verified.status == 0, "\(verified)")
        if resource.hasPrefix("_") {
            // The number that was offered and not taken came again.
            let last = try await box.flom("-r", resource, "--", "echo")
            // The first holder's command takes its number for a file, and fails: a transactional sequence gives that number again, too.
            #expect(last.output == (resource.hasPrefix("_S") ? "4\n" : "5\n"), "\(last)")
        }
    }

    /// The same with a daemon that comes after one that was killed meanwhile.
    @Test func theNextDaemonDoesNotWaitForItEither() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let stopped = try await box.queue(for: "db", "--", "true")
        let next = try await box.queue(for: "db", "--", "echo", "next")
        stopped.send(SIGSTOP)
        try await box.killDaemon()
        try await holder.letGo()
        let outcome = try await next.wait()
        #expect(outcome.output == "next\n", "\(outcome)")
        stopped.send(SIGCONT)
        #expect(try await stopped.wait().status == 0)
    }

    /// A client of an earlier version runs its command without confirming, so it is granted without an offer.
    @Test func aClientThatDoesNotConfirmIsGranted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let client = try await RawClient(box.socket)
        try await client.send(
            MarkedMessages.lock("db", secret: "AAECAwQFBgcICQoLDA0ODw", boot: String(repeating: "a", count: 32)))
        #expect(try await client.receive()?.contains(#"rc="1""#) == true)
        try await holder.letGo()
        #expect(try await client.receive()?.contains(#"rc="0""#) == true)
        #expect(try await box.status().map(\.outcome) == ["held"])
        try await client.send(LegacyMessages.unlock("db"))
    }
}

/// A server that accepts and closes at once is asked with growing pauses, not thousands of times a second.
@Suite struct ClosedDoorTests {
    @Test(.enabled(if: Conditions.hasProgram("python3"), "needs python3")) func aServerThatClosesEveryConnection() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            import socket
            listener = socket.socket(socket.AF_UNIX); listener.bind('\(box.socket)'); listener.listen(64)
            while True:
                listener.accept()[0].close(); print('x', flush=True)
            """
        let server = try box.start(["python3", "-c", script])
        try await eventually("it listens") { Files.exists(box.socket) }
        let outcome = try await box.flom("-d", "0", "-r", "db", "-o", "2000", "--", "echo", "ran")
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        let count = server.outputSoFar.split(separator: "\n").count
        #expect(count > 3 && count < 60, "\(count) connections in 2 s")
    }
}
