import FlomTestKit
import Foundation
import Testing

/// Many clients at once. Serialized, so that the tests do not delay each other.
@Suite(.serialized) struct CrowdTests {
    @Test func aHundredClientsAtOnceStartOneDaemonAndRunOneAtATime() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "mkdir inside || echo overlap >> overlaps; echo run >> runs; rmdir inside"
        let clients = try (0..<100).map { _ in try box.startFlom("-r", "one", "--", "sh", "-c", script) }
        for client in clients {
            let outcome = try await client.wait(within: .seconds(60))
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(Files.text(of: box.path("runs")) == String(repeating: "run\n", count: 100))
        #expect(Files.text(of: box.path("overlaps")) == nil)
        #expect(box.processes.map(\.pid) == [try #require(box.daemonPID)])
        #expect(try await box.history().filter { $0.outcome == "released" && $0.exitStatus == 0 }.count == 100)
        if JournalQuery.isPossible {
            let starts = try await JournalQuery.rows(
                "select count(*) from event where kind = 'daemon_started'", of: box.journal, in: box)
            #expect(starts == ["1"])
        }
    }

    @Test func twoHundredIncrementsOfAFileAddUpToTwoHundred() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("0\n", to: box.path("count"))
        let script = "read count < count; echo $((count + 1)) > count"
        let clients = try (0..<200).map { _ in try box.startFlom("-r", "n", "--", "sh", "-c", script) }
        for client in clients {
            let outcome = try await client.wait(within: .seconds(60))
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(Files.text(of: box.path("count")) == "200\n")
        // No two grants overlap in the record: each begins after the one before has ended.
        let rows = try await box.history(of: "n").sorted { ($0.fencingToken ?? 0) < ($1.fencingToken ?? 0) }
        #expect(rows.count == 200 && Set(rows.map(\.fencingToken)).count == 200)
        for (one, next) in zip(rows, rows.dropFirst()) {
            #expect(try #require(one.endedAt) <= #require(next.grantedAt))
        }
    }
}
