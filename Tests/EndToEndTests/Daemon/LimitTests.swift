import FlomTestKit
import Foundation
import Testing

/// The limits of a daemon's clients, and the sentences beyond them.
@Suite(.serialized) struct LimitTests {
    private func daemon(_ box: Sandbox, _ limits: String) async throws -> RunningProcess {
        try Files.write("[Limits]\n" + limits, to: box.path("file"))
        return try await box.startForeground("-c", "file")
    }

    /// A figure of `--status --format prometheus`.
    private func refused(_ box: Sandbox, _ limit: String) async throws -> String? {
        let outcome = try await box.flom("-d", "0", "--status", "--format", "prometheus")
        let start = "flom_limit_refused_total{limit=\"\(limit)\"} "
        return outcome.output.split(separator: "\n").first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }

    @Test func connectionsBeyondTheLimitHearWhy() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await daemon(box, "Connections=2\n")
        let old = try await RawClient(box.socket)
        try await old.send(LegacyMessages.lock("R1"))
        #expect(try await old.receive() == LegacyMessages.firstAnswer(0))
        var second: RawClient? = try await RawClient(box.socket)
        try await second!.send(LegacyMessages.lock("R2"))
        #expect(try await second!.receive() == LegacyMessages.firstAnswer(0))
        let third = try await RawClient(box.socket)
        try await third.send(LegacyMessages.lock("R3"))
        #expect(try await third.receive() == LegacyMessages.firstAnswer(3))
        #expect(try await third.receive() == nil)
        let ours = try await box.flom("-d", "0", "-r", "R4", "-o", "0", "--", "true")
        #expect(ours.status == 99 && ours.errors.contains("no room for more (--limit-connections)"), "\(ours)")
        second = nil
        try await eventually("there is room again") {
            try await box.flom("-d", "0", "-r", "R4", "-o", "0", "--", "true").status == 0
        }
        #expect(daemon.errorsSoFar.contains("FLM123W"))
        #expect(try await refused(box, "connections") != "0")
        let table = try await box.flom("-d", "0", "--status")
        #expect(table.output.contains("limits that refused clients since the daemon began: connections (2): "), "\(table)")
        let json = try await box.flom("-d", "0", "--status", "--format", "json")
        #expect(json.output.contains(#"{"limits":{"connections":{"now":2,"most":2,"refused":"#), "\(json)")
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func onePeerTakesNothingFromOthers() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        _ = try await daemon(box, "ConnectionsPerPeer=1\nConnectionRate=1\n")
        let line = [box.program, "-s", box.socket, "-d", "0", "-o", "0"]
        let gate = try box.gate("gate")
        let holder = try box.start(Stranger.words(line + ["-r", "a", "--", "cat", gate.path]))
        try await eventually("it holds") { try await box.status().contains { $0.resource == "a" } }
        let second = try await box.run(Stranger.words(line + ["-r", "b", "--", "true"]))
        #expect(second.status == 99 && second.errors.contains("you have 1 connections to the daemon"), "\(second)")
        #expect(try await box.run(Stranger.words(line + ["-r", "b", "--", "true"], uid: Stranger.other)).status == 0)
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        // This rate permits one a second, and two at once.
        var sentences: [String] = []
        for _ in 0..<6 {
            sentences.append(try await box.run(Stranger.words(line + ["-r", "b", "--", "true"], uid: Stranger.other)).errors)
        }
        #expect(sentences.contains { $0.contains("more than 1 connections a second") }, "\(sentences)")
        // Users that may end the daemon have neither limit.
        for _ in 0..<6 { #expect(try await box.flom("-d", "0", "-r", "c", "-o", "0", "--", "true").status == 0) }
        #expect(try await refused(box, "connections_per_peer") == "1")
        #expect(try await refused(box, "connection_rate") != "0")
    }

    @Test func waitersAndResourcesHaveTheirLimits() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await daemon(box, "Waiters=2\nResources=4\n")
        let holder = try await box.hold("R")
        var waiters: [RunningProcess] = []
        for _ in 0..<2 { waiters.append(try await box.queue(for: "R", "--", "true")) }
        let third = try await box.flom("-d", "0", "-r", "R", "--", "true")
        #expect(third.status == 99 && third.errors.contains("2 requests wait for the resource already"), "\(third)")
        let others = [try await box.hold("S"), try await box.hold("T"), try await box.hold("U")]
        let fifth = try await box.flom("-d", "0", "-r", "V", "--", "true")
        #expect(fifth.status == 99 && fifth.errors.contains("4 resources exist already"), "\(fifth)")
        let both = try await box.flom("-d", "0", "-r", "S", "-r", "V", "-o", "0", "--", "true")
        #expect(both.status == 99 && both.errors.contains("4 resources exist already"), "\(both)")
        // Existing resources are not affected.
        for other in others { try await other.letGo() }
        try await holder.letGo()
        for waiter in waiters { #expect(try await waiter.wait().status == 0) }
        #expect(try await box.history().filter { $0.detail == "queue_full" }.count == 1)
        #expect(try await refused(box, "waiters_per_resource") == "1")
        #expect(try await refused(box, "resources") == "2")
    }

    @Test func theOldestHalfMessageGoesForOneMore() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await daemon(box, "HalfMessages=3\n")
        var clients: [RawClient] = []
        for _ in 0..<5 {
            let client = try await RawClient(box.socket)
            try await client.send("<msg level=\"3\"")
            clients.append(client)
        }
        for gone in clients[..<2] { #expect(try await gone.receive() == nil) }
        for client in clients[2...] { #expect(client.hearsNothing) }
        #expect(daemon.errorsSoFar.contains("3 messages had begun and not ended"))
        #expect(try await refused(box, "half_messages") == "2")
        let long = try await RawClient(box.socket)
        try await long.send(String(repeating: "x", count: 5000))
        #expect(try await long.receive() == nil)
        #expect(try await refused(box, "frame_bytes") == "1")
    }

    /// A client that asks again and again and reads nothing: its answers do not pile up in the daemon.
    @Test func aClientThatDoesNotReadIsLetGo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await daemon(box, "Unread=131072\n")
        let client = try await RawClient(box.socket)
        let pair = Array(String(repeating: LegacyMessages.lock("R") + LegacyMessages.unlock("R"), count: 50).utf8)
        await #expect(throws: (any Error).self) {
            // The socket's own buffers take some first.
            for _ in 0..<4000 { try await client.send(pair) }
        }
        #expect(
            daemon.errorsSoFar.contains("does not read what it has asked for: more than 131072 bytes"), "\(daemon.errorsSoFar)")
        #expect(try await refused(box, "unread_bytes") == "1")
    }

    /// Few descriptors: every client is served or gets a sentence, and locks are still committed, reported and released.
    @Test func aLackOfDescriptorsEndsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try box.start(
            [
                "sh", "-c", #"ulimit -n 64; exec "$@""#, "sh", box.program, "--foreground", "-s", box.socket, "--journal",
                box.journal,
            ])
        try await eventually("the daemon serves: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("FLM003N") }
        let holder = try await box.hold("held")
        var crowd: [RawClient] = []
        for _ in 0..<40 { crowd.append(try await RawClient(box.socket)) }
        // It waits in the kernel until the silent connections have ended.
        let free = try await box.flom("-d", "0", "-r", "R", "-o", "0", "--", "true")
        #expect(
            free.status == 0 && daemon.errorsSoFar.contains("FLM123W no client can connect")
                && daemon.errorsSoFar.contains("which says nothing while others cannot come in"), "\(free)")
        // The loop does not spin meanwhile.
        #expect(daemon.errorsSoFar.split(separator: "\n").count < 60)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(daemon.isRunning)
        crowd.removeAll()
        try await eventually("everybody is served again: \(daemon.errorsSoFar)") {
            try await box.flom("-d", "0", "-r", "R", "-o", "0", "--", "true").status == 0
        }
        #expect(try await self.refused(box, "descriptors") != "0")
        #expect(try await box.history(of: "held").map(\.exitStatus) == [0])
        #expect(try await box.flom("--history", "--verify").status == 0)
        #expect(daemon.isRunning)
    }
}
