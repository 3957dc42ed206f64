import FlomTestKit
import Foundation
import Testing

/// Effects of options that no other test covers.
@Suite struct OptionEffectTests {
    @Test func reportsAreNarrowedByTimeUserAndHost() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "--", "true").status == 0)
        let row = try #require(try await box.history().first)
        func count(_ words: String...) async throws -> Int {
            try ReportRow.rows(try await box.run([box.program] + box.options + ["--history", "--format", "json"] + words)).count
        }
        #expect(try await [count("--since", "1h"), count("--since", "2999-01-01")] == [1, 0])
        #expect(try await [count("--until", "1h"), count("--until", "2999-01-01")] == [0, 1])
        #expect(try await [count("--user", row.user), count("--user", row.user + "x")] == [1, 0])
        #expect(try await [count("--host", row.host), count("--host", row.host + "x")] == [1, 0])
    }

    @Test func timesAndSpansAreReadAsPeopleWriteThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "--", "true").status == 0)
        let stamp = try await box.run(["date", "-Ins", "-d", "1 hour ago"]).output.split(separator: "\n").map(String.init)
        for time in ["1 hour ago", "2h30m", "@1700000000", "yesterday 14:00", "today", stamp[0]] {
            let outcome = try await box.flom("--history", "--format", "json", "--since", time)
            #expect(try ReportRow.rows(outcome).count == 1, "\(time): \(outcome)")
        }
        let refused = try await box.flom("--history", "--since", "tomorrow")
        #expect(refused.status == 99 && refused.errors.contains("'1 hour ago'"), "\(refused)")
        #expect(try await box.flom("--check", "--max-wait", "1h30m").status == 0)
        let retention = try await box.flom("--retention", "0d", "--", "echo", "ran")
        #expect(retention.status == 99 && retention.output.isEmpty && retention.errors.contains("forgotten"), "\(retention)")
    }

    @Test func severalNamesAreShownWithTheirWords() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Resource]\nName=filed\n", to: box.path("home/.flom"))
        let shown = try await box.run([box.program, "--show-config", "-r", "A", "--resource-name=B", "--format", "json"])
        #expect(
            shown.output.contains(#"{"group":"Resource","key":"Name","value":["A","B"],"from":"-r A, --resource-name=B"}"#),
            "\(shown)")
    }

    /// The kernel is told of all three, and of how far a query may travel.
    @Test(.enabled(if: HostNetwork.isPossible && Conditions.hasProgram("strace"), "needs network namespaces and strace"))
    func keepaliveAndHopsReachTheKernel() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let log = net.box.path("calls")
        func traced(_ words: String...) async throws -> (calls: String, errors: String) {
            let outcome = try await net.presanella.run(["strace", "-f", "-o", log, "-e", "trace=setsockopt", "flom"] + words)
            return (Files.text(of: log) ?? "", outcome.errors)
        }
        _ = try await net.mojan.run(["flom", "-a", "192.168.1.2", "-d", "60000", "--", "true"])
        let keepalive = try await traced(
            "-a", "192.168.1.2", "-d", "0", "--tcp-keepalive-time", "61", "--tcp-keepalive-intvl", "11", "--tcp-keepalive-probes",
            "7", "--",
            "true")
        for call in ["TCP_KEEPIDLE, [61]", "TCP_KEEPINTVL, [11]", "TCP_KEEPCNT, [7]"] {
            #expect(keepalive.calls.contains(call), "\(call): \(keepalive)")
        }
        let query = try await traced("-A", "239.255.0.9", "-d", "0", "--discovery-ttl", "3", "-D", "3", "-I", "20", "--", "true")
        #expect(query.calls.contains("IP_MULTICAST_TTL, [3]") || query.calls.contains("IP_MULTICAST_TTL, \"\\3\""), "\(query)")
        #expect(query.errors.contains("asked 3 times, 20 ms each"), "\(query)")
    }
}
