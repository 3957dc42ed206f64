import FlomTestKit
import Foundation
import Testing

/// `--status`: free elements, the status of an earlier moment, and `--watch`.
@Suite struct StatusTests {
    @Test func freeElementsOfPoolsAndSetsAreCounted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let two = try await box.hold("licence[3]", options: "-q", "2")
        let waiter = try box.startFlom("-r", "licence[3]", "-q", "3", "--", "true")
        let gpu = try await box.hold("gpu0.gpu1")
        try await eventually("somebody waits") { try await box.status().contains { $0.outcome == "waiting" } }
        let rows = try await box.status()
        #expect(rows.map(\.resource) == ["gpu0.gpu1", "licence[3]", "licence[3]"])
        #expect(rows.map(\.free) == [1, 1, 1] && rows.map(\.capacity) == [2, 3, 3] && rows.map(\.place) == [nil, nil, 1])
        #expect(rows[0].freeElements == [rows[0].element == "gpu0" ? "gpu1" : "gpu0"] && rows[1].freeElements == nil)
        let table = try await box.flom("--status").output.split(separator: "\n")
        #expect(table.contains { $0.starts(with: #/licence\[3\] +free +1 of 3$/#) }, "\(table)")
        // With a filter, places and free elements cannot be told.
        let some = try ReportRow.rows(try await box.flom("--status", "--format", "json", "--outcome", "held"))
        #expect(some.map(\.free) == [nil, nil])
        try await two.letGo()
        try await gpu.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test func holdersAndWaitersOfThatMoment() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--", "true")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
        let past = try await box.history(of: "R")
        #expect(past.map(\.outcome) == ["released", "released"])

        func then(_ moment: String?) async throws -> [String] {
            let report = try await box.flom("--status", "--format", "json", "-r", "R", "--at", try #require(moment))
            return try ReportRow.rows(report).map { "\($0.request) \($0.outcome) \($0.place ?? 0) \($0.endedAt == nil)" }
        }
        let (one, two) = (past[0].request, past[1].request)
        #expect(try await then(past[0].askedAt) == ["\(one) held 0 true"])
        #expect(try await then(past[1].askedAt) == ["\(one) held 0 true", "\(two) waiting 1 true"])
        #expect(try await then(past[1].grantedAt).contains("\(two) held 0 true"))
        #expect(try await then(past[1].endedAt) == [])
        #expect(try await then("2001-01-01") == [])
        let table = try await box.flom("--status", "--at", past[1].askedAt).output.split(separator: "\n")
        #expect(table.count == 3 && table[2].contains("waits, place 1"), "\(table)")
        // The states of that moment, not the outcomes.
        let waiting = try await box.flom(
            "--status", "--format", "json", "--outcome", "waiting", "--at", past[1].askedAt)
        #expect(try ReportRow.rows(waiting).map(\.request) == [two])
    }

    @Test(
        arguments: [
            ["--status", "--watch", "--at", "2h"], ["--history", "--watch"], ["--history", "--at", "2h"],
            ["--status", "--watch", "--format", "prometheus"], ["--history", "--format", "prometheus"],
            ["--status", "--max-wait", "2h"], ["--check", "--not-run-since", "1d"], ["--check", "--format", "json"],
            ["--check", "-r", "back*", "--not-run-since", "1d"], ["--watch"], ["--at", "yesterday"],
            ["--status", "--at", "soon"],
            ["--check", "--max-hold", "5"],
        ])
    func contradictoryStatusOptionsAreRefused(words: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + words + ["--", "true"])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.hasSuffix("[-5]\n"), "\(outcome)")
        #expect(!Files.exists(box.journal))
    }

    // MARK: - Watching

    @Test func withoutTerminalABlockIsPrintedWhenSomethingChanges() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let watch = try box.startFlom("--status", "--watch", "--format", "json")
        func blocks() -> [String] {
            watch.outputSoFar.components(separatedBy: "\n\n").map { $0.trimmingCharacters(in: .newlines) }
        }
        try await eventually("it says that nothing is held") { watch.outputSoFar == "\n" }
        let holder = try await box.hold("R")
        try await eventually("it shows the holder") { watch.outputSoFar.contains(#""outcome":"held""#) }
        // It sleeps between two reads: each is a voluntary context switch.
        func looks() -> Int {
            let line = Files.text(of: "/proc/\(watch.pid)/status")?.split(separator: "\n").first {
                $0.hasPrefix("voluntary_ctxt")
            }
            return line.flatMap { Int($0.split(separator: "\t").last ?? "") } ?? 0
        }
        try await eventually("the holder's command is shown") { watch.outputSoFar.contains("command_pid") }
        let before = (looks: looks(), output: watch.outputSoFar)
        try await eventually("it has looked again") { looks() >= before.looks + 2 }
        #expect(watch.outputSoFar == before.output, "nothing has changed")
        try await holder.letGo()
        try await eventually("it says that nothing is held") {
            blocks().suffix(2) == ["", ""] || watch.outputSoFar.hasSuffix("}\n\n\n")
        }
        watch.send(SIGINT)
        #expect(try await watch.wait().ending == .signalled(SIGINT))
    }

    @Test func aReaderThatStopsEndsTheWatch() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = #""$0" -s "$1" --status --watch | head -n 1; echo done"#
        let outcome = try await box.run(["bash", "-o", "pipefail", "-c", script, box.program, box.socket])
        #expect(outcome.output.hasSuffix("\ndone\n"), "\(outcome)")
        try await eventually("it has ended") { !box.processes.contains { $0.words.contains("--watch") } }
    }

    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"), arguments: [("q", 0), ("C-c", 130)] as [(String, Int)])
    func onATerminalOnePageIsKeptUpToDate(key: String, status: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let words = ([box.program] + box.options + ["--status", "--watch"]).joined(separator: " ")
        let script = "trap : INT; echo before; \(words); echo after $?; stty -a | tr ' ' '\\n' | grep -E '^-?(icanon|echo);?$'"
        let terminal = try await Terminal(box, columns: 90, rows: 8, ["sh", "-c", script])
        try await terminal.shows("an empty page") { $0.contains("nothing is held, and nobody waits") && !$0.contains("before") }
        let holder = try await box.hold("R")
        try await terminal.shows("the holder") { $0.count == 4 && $0[0].contains("q ends") && $0[3].hasPrefix("R ") }
        for number in 1...8 {
            _ = try await box.queue(for: "R", "--", "echo", "\(number)", String(repeating: "long ", count: 30))
        }
        try await terminal.shows("as many lines as it has") { $0.count == 8 && $0[7] == "… and 5 more lines" }
        try await terminal.resize(columns: 80, rows: 14)
        let wide = try await terminal.shows("all lines") { $0.count == 12 && $0[11].contains("waits, place 8") }
        #expect(wide.allSatisfy { $0.count <= 80 }, "\(wide)")
        try await holder.letGo()
        try await terminal.shows("nothing any more") { $0.count == 3 && $0[2].hasPrefix("nothing") }

        try await terminal.type(key)
        let left = try await terminal.shows("what was there before") { $0.contains("after \(status)") && $0.contains("before") }
        #expect(left.suffix(2).allSatisfy { !$0.hasPrefix("-") } && !left.contains { $0.contains("nothing is held") }, "\(left)")
    }
}
