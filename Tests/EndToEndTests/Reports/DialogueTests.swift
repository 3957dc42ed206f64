import FlomTestKit
import Foundation
import Testing

/// The dialogue of the README, as a new user would type it.
@Suite struct DialogueTests {
    /// The user and host of the tests as the history shows them.
    private static let user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"

    @Test func theSecondCommandWaitsForTheFirstAndBothAreOnRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }

        let first = try await box.hold("db")
        let second = try await box.queue(for: "db", "--", "echo", "second")
        let waitingSince = ContinuousClock.now
        #expect(try await box.status().map(\.outcome) == ["held", "waiting"])
        #expect(second.outputSoFar.isEmpty)
        let leastWait = ContinuousClock.now - waitingSince
        try await first.letGo()
        #expect(try await first.process.wait().status == 0)
        let outcome = try await second.wait()
        #expect(outcome.status == 0 && outcome.output == "second\n" && outcome.errors.isEmpty, "\(outcome)")

        let rows = try await box.history(of: "db")
        try #require(rows.count == 2)
        for row in rows {
            #expect(row.resource == "db" && row.mode == "EX" && row.outcome == "released" && row.exitStatus == 0)
            #expect(row.user == Self.user && row.uid == getuid())
            #expect(row.host == ProcessInfo.processInfo.hostName)
            #expect(row.heldMicroseconds != nil && row.commandPID != nil)
        }
        #expect(rows[0].clientPID == first.process.pid && rows[0].command?.first == "cat")
        #expect(rows[1].clientPID == second.pid && rows[1].command == ["echo", "second"])
        #expect(rows[0].queuedAt == nil && rows[1].queuedAt != nil)
        #expect(try #require(rows[1].grantedAt) >= #require(rows[0].endedAt))
        #expect(.microseconds(try #require(rows[1].waitedMicroseconds)) >= leastWait)
        #expect(try #require(rows[0].heldMicroseconds) >= #require(rows[1].waitedMicroseconds))
    }

    @Test func theTableShowsTheSame() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let flom = "'\(box.program)' -s '\(box.socket)' --journal '\(box.journal)' -d 60000"
        let typed = [
            "\(flom) -r db -- sleep 0.3 & while ! \(flom) --status | grep sleep; do :; done", "\(flom) -r db -- echo second",
            "\(flom) --history -r db",
        ].joined(separator: "; ")
        let outcome = try await box.run(["sh", "-c", typed])
        #expect(outcome.status == 0)
        let table = outcome.output.split(separator: "\n").suffix(3).map(String.init)
        try #require(table.count == 3, "\(outcome)")
        let titles = ["ASKED", "RESOURCE", "MODE", "WHO", "PID", "WAITED", "HELD", "OUTCOME", "TOKEN", "COMMAND"]
        // The heading shows how far the local zone is ahead of UTC.
        #expect(table[0].split(separator: " ").map(String.init).filter { !$0.hasPrefix("(") } == titles)
        let rows = try table.dropFirst().map { try #require($0.wholeMatch(of: /.*  released +(\d+)  (.+)/)).output }
        #expect(rows.map { String($0.2) } == ["sleep 0.3", "echo second"])
        #expect(try #require(UInt64(rows[0].1)) < #require(UInt64(rows[1].1)))
        #expect(table.dropFirst().allSatisfy { $0.contains("\(Self.user)@") })
    }
}
