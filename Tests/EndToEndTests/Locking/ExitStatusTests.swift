import FlomTestKit
import Testing

/// The exit status of flom when a command runs.
@Suite struct CommandStatusTests {
    @Test(arguments: [0, 1, 7, 95, 96, 255])
    func theCommandsOwnStatusIsFloms(status: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "--", "sh", "-c", "exit \(status)").status == Int32(status))
        #expect(try await box.history().map(\.exitStatus) == [status])
    }

    @Test(arguments: [("TERM", 15), ("KILL", 9), ("SEGV", 11), ("HUP", 1)])
    func aCommandThatASignalEndsGives128AndMore(name: String, number: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "--", "sh", "-c", "kill -\(name) $$").status == 128 + number)
        let row = try #require(try await box.history().first)
        #expect(row.outcome == "released" && row.signal == number && row.exitStatus == nil)
    }

    @Test func theCommandFindsItsLockInTheEnvironment() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "echo $FLOM_RESOURCE $FLOM_LOCK_MODE $FLOM_FENCING_TOKEN $FLOM_REQUEST_ID"
        var tokens: [Int] = []
        for _ in 0..<2 {
            let words = try await box.flom("-r", "R", "-l", "PW", "--", "sh", "-c", script).output.split(separator: " ")
            try #require(words.count == 4)
            #expect(words[0] == "R" && words[1] == "PW")
            #expect(words[3].split(separator: ":").first.map(String.init) == box.recorded("journal-id"))
            tokens.append(try #require(Int(words[2])))
        }
        #expect(tokens[0] < tokens[1])
        #expect(try await box.history().map(\.fencingToken) == tokens)
    }

    @Test func aScriptWithoutInterpreterLineRunsInTheShell() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("tools"))
        // Written by another process: a file that a child of this one still has open for writing cannot be executed.
        let script = #"printf 'echo script $1\nexit 3\n' > tools/script; chmod 755 tools/script"#
        #expect(try await box.run(["sh", "-c", script]).status == 0)
        let named = try await box.flom("--", box.path("tools/script"), "one")
        #expect(named.status == 3 && named.output == "script one\n", "\(named)")
        let path = "\(box.path("tools")):\(box.environment["PATH"]!)"
        let found = try await box.run([box.program] + box.options + ["--", "script", "two"], environment: ["PATH": path])
        #expect(found.status == 3 && found.output == "script two\n", "\(found)")
    }

    @Test func argumentsThatAreNotUTF8ArriveUnchanged() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = #"exec "$0" -s "$1" --journal "$2" -r R -- printf %s "$(printf 'a\377\376z')""#
        let outcome = try await box.run(["sh", "-c", script, box.program, box.socket, box.journal])
        #expect(outcome.status == 0 && outcome.outputBytes == [0x61, 0xff, 0xfe, 0x7a], "\(outcome)")
        let row = try #require(try await box.history().first)
        #expect(row.commandBase64 == ["cHJpbnRm", "JXM=", "Yf/+eg=="])
    }

    @Test func theCommandsOptionsAreItsOwn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("echo", "-n", "hi").output == "hi")
        #expect(try await box.flom("-r", "R", "echo", "-r", "S", "--", "--help").output == "-r S -- --help\n")
        #expect(try await box.history().map(\.resource) == ["_RESOURCE", "R"])
    }
}

/// The statuses 96 to 99, which are flom's own.
@Suite struct OwnStatusTests {
    @Test func aResourceThatDoesNotExistAndMustNotBeMadeIs96() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", "R", "-e", "no", "-o", "0", "--", "echo", "ran")
        #expect(outcome.status == 96 && outcome.output.isEmpty && outcome.errors.hasPrefix("flom: "), "\(outcome)")
        #expect(try await box.history().map(\.outcome) == ["refused"])
        // The resource exists for a while after a run; then the same request is granted.
        try await box.flom("-r", "R", "-i", "60000", "--", "true")
        #expect(try await box.flom("-r", "R", "-e", "no", "-o", "0", "--", "echo", "ran").output == "ran\n")
    }

    @Test func noCommandIs97AndStartsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for words in [[], ["--"]] {
            let outcome = try await box.run([box.program] + box.options + words)
            #expect(outcome.status == 97 && outcome.errors.contains("no command"), "\(outcome)")
        }
        #expect(!Files.exists(box.socket))
    }

    @Test(arguments: ["no-such-command-anywhere", "./missing", "./plain", "./folder", ""])
    func aCommandThatCannotBeExecutedIs97(name: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("echo ran\n", to: box.path("plain"), mode: 0o644)
        try Files.makeDirectory(box.path("folder"))
        let outcome = try await box.flom("-r", "R", "--", name)
        #expect(outcome.status == 97 && outcome.output.isEmpty && outcome.errors.contains("'\(name)'"), "\(outcome)")
        // The lock is free again, and the record says that nothing ran.
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 0)
        let row = try #require(try await box.history().first)
        #expect(row.outcome == "released" && row.commandPID == nil && row.exitStatus == nil)
    }

    @Test func aBusyResourceWithoutWaitingIs98() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let outcome = try await box.flom("-r", "R", "-o", "0", "--", "echo", "ran")
        #expect(outcome.status == 98 && outcome.output.isEmpty && outcome.errors.hasPrefix("flom: "), "\(outcome)")
        #expect(try await box.flom("-r", "Q", "-o", "0", "--", "true").status == 0)
        #expect(try await box.history(of: "R").map(\.outcome) == ["held", "refused"])
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 0)
    }

    @Test func aLockThatIsNotObtainedInTimeIs98AndSaysSoInTheHistory() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await box.hold("R")
        let start = ContinuousClock.now
        let outcome = try await box.flom("-r", "R", "-o", "300", "--", "echo", "ran")
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        #expect(outcome.status == 98 && outcome.output.isEmpty && outcome.errors.contains("300 ms"), "\(outcome)")
        try await eventually("the history says that it timed out") {
            try await box.history(of: "R").map(\.outcome) == ["held", "timed_out"]
        }
        #expect(try #require(try await box.history(of: "R").last?.waitedMicroseconds) >= 250_000)
    }

    @Test func aTimeoutDoesNotBoundTheCommand() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let patient = try await box.hold("R", options: "-o", "1000")
        // When another request has waited longer than that, the time is over.
        #expect(try await box.flom("-r", "R", "-o", "1500", "--", "true").status == 98)
        #expect(patient.process.isRunning)
        try await patient.letGo()
        #expect(try await patient.process.wait().status == 0)
    }
}

/// Every wrong command line ends with 99 and one sentence, and starts nothing.
@Suite struct BadCommandLineTests {
    /// A command line, and the text that the sentence must contain.
    private static let table: [([String], [String])] = [
        (["-Z"], ["-Z"]),
        (["--nosuch"], ["--nosuch"]),
        (["--resource-nam", "R"], ["--resource-nam"]),
        (["--verbose=no"], ["--verbose"]),
        (["-r"], ["-r"]),
        (["--format"], ["--format"]),
        (["-r", ""], ["resource-name", "''"]),
        (["-r", "1abc"], ["resource-name", "'1abc'", "letter"]),
        (["-r", "a-b"], ["resource-name", "'a-b'"]),
        (["-r", "a b"], ["resource-name", "'a b'"]),
        (["-r", "a\nb"], ["resource-name"]),
        (["-r", "é"], ["resource-name", "'é'"]),
        (["-r", "_RESOURCE"], ["resource-name", "'_RESOURCE'", "reserved"]),
        (["-o", "soon"], ["resource-timeout", "'soon'", "milliseconds"]),
        (["-o", "010"], ["resource-timeout", "'010'", "leading zero"]),
        (["-o", "99999999999"], ["resource-timeout", "'99999999999'"]),
        (["-o", "1.5"], ["resource-timeout", "'1.5'"]),
        (["-o", ""], ["resource-timeout", "''"]),
        (["-o", "--5"], ["resource-timeout", "'--5'"]),
        (["-e", "maybe"], ["resource-create", "'maybe'", "yes, y, no or n"]),
        (["-e", "on"], ["resource-create", "'on'"]),
        (["-i", "-5"], ["resource-idle-lifespan", "'-5'"]),
        (["-d", "long"], ["daemon-lifespan", "'long'"]),
        (["-d", "2147483648"], ["daemon-lifespan", "'2147483648'"]),
        (["-s", ""], ["socket-name", "''"]),
        (["--socket-mode", "888"], ["socket-mode", "'888'", "octal"]),
        (["--socket-mode", "1777"], ["socket-mode", "'1777'"]),
        (["--queue-policy", "fair"], ["queue-policy", "'fair'", "bounded, fifo, overtake"]),
        (["--sync", "never"], ["sync", "'never'", "auto, always, off"]),
        (["--format", "xml"], ["format", "'xml'", "table, json"]),
        (["--limit", "0"], ["limit", "'0'"]),
        (["--journal", ""], ["journal", "''"]),
        (["-c", ""], ["config-file", "''"]),
        (["-o", "soon", "-h"], ["resource-timeout"]),
    ]

    @Test(arguments: table)
    func aWrongOptionIsNamedAndNothingStarts(words: [String], clues: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + words + (words.count == 1 ? [] : ["--", "echo", "ran"]))
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.hasPrefix("flom: ") && outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
        for clue in clues { #expect(outcome.errors.contains(clue), "\(clue): \(outcome)") }
        #expect(!Files.exists(box.socket) && !Files.exists(box.record) && !Files.exists(box.journal))
    }

    @Test func numbersMayBeHexadecimalAndNegativeTimeoutsWaitForEver() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "-o", "0x1000", "-i", "+5", "--", "echo", "ran").output == "ran\n")
        #expect(try await box.flom("-r", "R", "-o-7", "--resource-create=YES", "--", "echo", "ran").output == "ran\n")
    }
}
