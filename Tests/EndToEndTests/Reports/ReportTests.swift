import FlomTestKit
import Foundation
import Testing

/// `--history` and `--status`.
@Suite struct ReportTests {
    @Test func theHistoryIsOneObjectALineWithTheNewestLast() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let word = "tab\there \"quoted\" \u{1F512}"
        for number in 1...3 { try await box.flom("-r", "R\(number)", "--", "echo", word, "\(number)") }
        let report = try await box.flom("--history", "--format", "json")
        let lines = report.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4 && lines.last == "" && report.errors.isEmpty)
        for line in lines.dropLast() {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect((object?["command"] as? [String])?[1] == word)
        }
        #expect(try ReportRow.rows(report).map(\.resource) == ["R1", "R2", "R3"])
        #expect(try await box.history(of: "R2").map(\.command?.last) == ["2"])
        let newest = try await box.flom("--history", "--format", "json", "--limit", "2")
        #expect(try ReportRow.rows(newest).map(\.resource) == ["R2", "R3"])
    }

    @Test func theStatusShowsHoldersFirstAndWaitersInTheirOrder() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let first = try await box.hold("R", options: "-l", "PR")
        let one = try await box.queue(for: "R", "--", "echo", "one")
        // Granted at once although it came later: readers may pass a writer that has just queued.
        let second = try await box.hold("R", options: "-l", "PR")
        let two = try await box.queue(for: "R", "--", "echo", "two")
        let elsewhere = try await box.hold("A")

        let rows = try await box.status()
        #expect(rows.map(\.outcome) == ["held", "held", "held", "waiting", "waiting"])
        #expect(rows.map(\.clientPID) == [elsewhere, first, second].map(\.process.pid) + [one.pid, two.pid])
        #expect(rows.map(\.command?.last).suffix(2) == ["one", "two"])
        let ofOne = try await box.flom("--status", "--format", "json", "-r", "A")
        #expect(try ReportRow.rows(ofOne).map(\.resource) == ["A"])

        let table = try await box.flom("--status").output.split(separator: "\n").map(String.init)
        try #require(table.count == 6)
        #expect(table[0].hasPrefix("RESOURCE"))
        #expect(table[4].contains("waits, place 1") && table[4].hasSuffix("echo one"), "\(table)")
        #expect(table[5].contains("waits, place 2") && table[5].hasSuffix("echo two"), "\(table)")
    }

    @Test func withoutDaemonTheHistoryIsReadAndNoneIsStarted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon()
        kill(pid, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        #expect(try await box.history().map(\.outcome) == ["released"])
        let status = try await box.flom("--status", "--format", "json")
        #expect(status.status == 0 && status.output.isEmpty, "\(status)")
        #expect(box.processes.isEmpty && !Files.exists(box.socket))
    }

    @Test func theHistoryOfACrashedDaemonIsReadToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        // Otherwise it would start the next daemon.
        kill(holder.process.pid, SIGSTOP)
        try await box.killDaemon()
        #expect(try await box.history().map(\.outcome) == ["held"])
        #expect(try await box.status().map(\.clientPID) == [holder.process.pid])
        #expect(!box.processes.contains { $0.name == "flom" && $0.pid != holder.process.pid })
    }

    @Test func withoutJournalTheReportSaysSo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for report in ["--history", "--status"] {
            let outcome = try await box.flom(report)
            #expect(outcome.status == 99 && outcome.errors.contains(box.journal), "\(outcome)")
        }
        #expect(!Files.exists(box.socket) && !Files.exists(box.journal) && box.processes.isEmpty)
    }

    @Test func theJournalIsFoundThroughTheEndpointsRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let report = try await box.run([box.program, "-s", box.socket, "--history", "--format", "json"])
        #expect(try ReportRow.rows(report).map(\.resource) == ["warmup"])
    }

    @Test func aReaderThatStopsEndsTheReport() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for _ in 0..<5 { try await box.startDaemon() }
        let script = #""$0" -s "$1" --history --format json | head -n 1; echo done"#
        let outcome = try await box.run(["sh", "-c", script, box.program, box.socket])
        #expect(outcome.output.hasSuffix("}\ndone\n") && outcome.errors.isEmpty, "\(outcome)")
    }
}

/// Reports on a terminal, with commands that try to steer it.
@Suite(.enabled(if: Conditions.hasProgram("script"), "needs script(1)"))
struct TerminalTests {
    /// The output on a terminal with this number of columns, as lines and without flom's own colours.
    private func onTerminal(_ box: Sandbox, _ report: String, columns: Int = 80) async throws -> [String] {
        let command = "stty cols \(columns) rows 24; '\(box.program)' -s '\(box.socket)' \(report)"
        let outcome = try await box.run(["script", "-qec", command, "/dev/null"], environment: ["NO_COLOR": "1"])
        #expect(outcome.status == 0, "\(outcome)")
        return outcome.output.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
    }

    @Test func theTableFitsTheTerminal() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("resource")
        let waiter = try await box.queue(for: "resource", "--", "echo", String(repeating: "long ", count: 40))
        try await box.flom("-r", "resource", "-o", "0", "--", "true")
        for (report, columns) in [("--history", 80), ("--status", 80), ("--stats", 80), ("--history", 40), ("--stats", 60)] {
            let lines = try await onTerminal(box, report, columns: columns)
            #expect(lines.count == ["--history": 4, "--status": 3, "--stats": 2][report])
            for line in lines { #expect(line.count <= columns, "\(line.count) of \(columns) columns: \(line)") }
        }
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test func aHostileCommandLineDoesNotReachTheTerminal() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let hostile = [
            "true", "\u{1B}[31m\u{1B}]0;title\u{7}", "line\nbreak\r\t", "\u{9B}2J", "\u{202E}backwards", "\u{8}\u{7F}",
        ]
        #expect(try await box.run([box.program] + box.options + ["-r", "R", "--"] + hostile).status == 0)
        #expect(try await box.history().map(\.command) == [hostile])
        for output in [try await box.flom("--history").output, try await onTerminal(box, "--history").joined(separator: "\n")] {
            #expect(output.split(separator: "\n").count == 2)
            for scalar in output.unicodeScalars where scalar != "\n" {
                let category = scalar.properties.generalCategory
                #expect(category != .control && category != .format, "U+\(String(scalar.value, radix: 16))")
            }
        }
        let json = try await box.flom("--history", "--format", "json").outputBytes
        #expect(json.allSatisfy { $0 >= 0x20 || $0 == 0x0a })
    }
}
