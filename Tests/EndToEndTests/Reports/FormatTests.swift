import FlomTestKit
import Foundation
import Testing

/// The formats of `--history`, `--status` and `--stats`.
@Suite struct FormatTests {
    /// Makes requests of many kinds and ends, and one that is open.
    private func makeHistory(_ box: Sandbox) async throws -> Holder {
        try await box.flom("-r", "R", "--", "true")
        try await box.flom("-r", "R", "-l", "PR", "--", "sh", "-c", "exit 3", "a,\"b\"", "=1+1")
        try await box.flom("-r", "R", "--", "sh", "-c", "kill -9 $$")
        try await box.flom("-r", "P[3]", "-q", "2", "-r", "x.y", "--", "true")
        let notUTF8 = ["bash", "-c", #""$0" "$@" $'\xff'"#, box.program] + box.options + ["-r", "R", "--", "echo"]
        #expect(try await box.run(notUTF8).status == 0)
        let holder = try await box.hold("R")
        try await box.flom("-r", "R", "-o", "0", "--", "true")
        try await box.flom("-r", "R", "-o", "50", "--", "true")
        return holder
    }

    @Test func jsonIsWhatTheSchemaSays() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await makeHistory(box)
        let (rows, statistics) = (try JSONSchema(document: "history.schema.json"), try JSONSchema(document: "stats.schema.json"))
        for report in ["--history", "--status"] {
            let lines = try await box.flom(report, "--format", "json").output
            #expect(try rows.complaints(lines: lines) == [] && !lines.isEmpty)
        }
        #expect(try await box.flom("--history", "--format", "json").output.contains("command_base64"))
        for word in ["resource", "user", "host", "command"] {
            let lines = try await box.flom("--stats", "--by", word, "--format", "json").output
            #expect(try statistics.complaints(lines: lines) == [] && !lines.isEmpty)
        }
        // Otherwise the schema would accept everything.
        #expect(try rows.complaints(lines: #"{"request":"1","new":true}"#).count == 9)
        try await holder.letGo()
    }

    @Test(.enabled(if: Conditions.hasProgram("python3"), "needs python3"))
    func csvSaysWhatJSONSays() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await makeHistory(box)
        let script = """
            import csv, json, sys
            rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8"), strict=True))
            lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
            assert len(rows) == len(lines) > 8, (len(rows), len(lines))
            for row, line in zip(rows, lines):
                assert None not in row, row
                for key, value in line.items():
                    if key not in ("command", "command_base64"):
                        assert row[key] == (str(value).lower() if value is True else str(value)), (key, row, line)
                for key, value in row.items():
                    assert value == "" or key in line, (key, row, line)
            print(rows[1]["command"], bool(rows[5]["command_base64"]))
            """
        for format in ["csv", "json"] {
            let shell = "\"$0\" \"$@\" > report.\(format)"
            let words = ["sh", "-c", shell, box.program] + box.options + ["--history", "--format", format]
            #expect(try await box.run(words).status == 0)
        }
        let checked = try await box.run(["python3", "-c", script, "report.csv", "report.json"])
        #expect(checked.output == "sh -c 'exit 3' 'a,\"b\"' =1+1 True\n", "\(checked)")
        try await holder.letGo()
    }

    @Test func timesSayHowFarTheyAreFromUTC() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let words = [box.program] + box.options + ["--history"]
        let east = try await box.run(words, environment: ["TZ": "XYZ-05:30"]).output
        #expect(east.hasPrefix("ASKED (+05:30)"), "\(east)")
        let asked = try #require(try await box.history().first?.askedAt)
        let seconds = ISO8601DateFormatter().date(from: asked.prefix(19) + "Z")!.addingTimeInterval(5.5 * 3600)
        let local = ISO8601DateFormatter().string(from: seconds).dropLast().replacing("T", with: " ")
        #expect(east.split(separator: "\n").last?.hasPrefix(local) == true, "\(east) \(local)")
    }

    @Test(.enabled(if: Conditions.hasProgram("script"), "needs script(1)"))
    func coloursAreForTerminalsThatWantThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let command = "'\(box.program)' -s '\(box.socket)' --history"
        func hasColours(_ changes: [String: String]) async throws -> Bool {
            try await box.run(["script", "-qec", command, "/dev/null"], environment: changes).output.contains("\u{1B}[")
        }
        #expect(try await hasColours([:]))
        #expect(try await !hasColours(["NO_COLOR": "1"]))
        #expect(try await !hasColours(["TERM": "dumb"]))
        #expect(try await hasColours(["NO_COLOR": ""]))
        #expect(try await !box.flom("--history").output.contains("\u{1B}"))
    }

    @Test(arguments: [
        ["--history", "--follow", "--format", "html"], ["--history", "--follow", "--reverse"], ["--stats", "--follow"],
        ["--stats", "--limit", "3"], ["--status", "--format", "html"], ["--stats", "--by", "colour"],
    ])
    func contradictoryOptionsAreRefused(words: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + words)
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("--"), "\(outcome)")
    }

    @Test func statisticsSayForWhomOthersWaited() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--", "echo", "waiter")
        try await box.flom("-r", "R", "-o", "0", "--", "true")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)

        let line = try JSONValue.of(try await box.flom("--stats", "--format", "json").output)
        #expect(line["resource"]?.text == "R" && line["requests"]?.integer == 3 && line["grants"]?.integer == 2)
        #expect(line["refusals"]?.integer == 1 && line["longest_queue"]?.integer == 1)
        let waited = try #require(try await box.history().first { $0.command?.last == "waiter" }?.waitedMicroseconds)
        let caused = try #require(line["caused_us"]?.integer)
        #expect(abs(caused - waited) <= 2000, "\(caused) of \(waited)")
        let own = try await box.flom("--stats", "--by", "command", "--command", "echo waiter", "--format", "json").output
        let lines = try own.split(separator: "\n").map { try JSONValue.of($0) }
        // The holder that was waited for, although the query excludes it, and the request that the query selects.
        #expect(lines.compactMap { $0["requests"]?.integer } == [0, 1] && lines.first?["caused_us"]?.integer == caused)
    }
}
