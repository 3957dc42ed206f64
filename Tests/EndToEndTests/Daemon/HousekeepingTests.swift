import FlomTestKit
import Foundation
import Testing

/// The files of a running daemon with held locks are tidied away.
@Suite struct HousekeepingTests {
    @Test func aRemovedSocketIsMadeAgain() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let daemon = try #require(box.daemonPID)
        #expect(unlink(box.socket) == 0)
        try await eventually("the socket is back") { Files.isSocket(box.socket) }
        #expect(Files.permissions(of: box.socket) == 0o666)
        #expect(try await box.flom("-d", "0", "-r", "R", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-d", "0", "-r", "Q", "-o", "0", "--", "true").status == 0)
        #expect(box.daemonPID == daemon)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-d", "0", "-r", "R", "-o", "0", "--", "true").status == 0)
    }

    @Test func aClientWithoutASocketStartsNoSecondDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await box.hold("R")
        let daemon = try #require(box.daemonPID)
        #expect(unlink(box.socket) == 0)
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "Q", "--", "echo", "ran").output == "ran\n")
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    @Test func aRemovedRecordIsMadeAgain() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await box.hold("R")
        let daemon = try #require(box.daemonPID)
        #expect(unlink(box.record) == 0)
        try await eventually("the record is back") { box.daemonPID == daemon }
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 98)
    }

    /// All files beside the socket are removed, and a client comes before the daemon has noticed.
    @Test func evenWithoutAnyOfItsFilesNobodyElseGetsTheLock() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        for path in [box.record, box.socket + ".lock", box.socket] { #expect(unlink(path) == 0) }
        for _ in 0..<5 {
            let outcome = try await box.flom("-r", "R", "-o", "0", "--", "echo", "ran")
            #expect([98, 99].contains(outcome.status) && outcome.output.isEmpty, "\(outcome)")
        }
        try await eventually("clients reach the daemon again") {
            try await box.flom("-r", "R", "-o", "0", "--", "true").status == 98
        }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 0)
    }

    @Test func aSocketThatIsSomethingElseNowIsLeftAlone() async throws {
        let box = try Sandbox()
        let witness = try Sandbox()
        defer {
            box.close()
            witness.close()
        }
        _ = try await box.hold("R")
        _ = try await witness.hold("R")
        #expect(unlink(box.socket) == 0 && unlink(witness.socket) == 0)
        try Files.write("precious", to: box.socket)
        // When another daemon has made its socket again, this one has had the time too.
        try await eventually("the witness's socket is back") { Files.isSocket(witness.socket) }
        #expect(Files.text(of: box.socket) == "precious")
        let daemon = try #require(box.daemonPID)
        kill(daemon, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        #expect(Files.text(of: box.socket) == "precious")
    }
}
