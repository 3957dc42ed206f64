import FlomDaemon
import FlomSettings
import Testing

@Suite struct CommandRecordingTests {
    private func recorded(_ command: String, _ patterns: [String], _ extent: CommandRecording.Extent = .full) throws -> String? {
        var recording = CommandRecording()
        recording.extent = extent
        recording.redactions = try patterns.map { try #require(Redaction(Array($0.utf8))) }
        // The setting comes back unchanged from the endpoint record.
        let again = try #require(CommandRecording(recordText: recording.recordText))
        #expect(again == recording)
        let words = command.split(separator: "|", omittingEmptySubsequences: false).map { Array($0.utf8) }
        return again.recorded(words).map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|") }
    }

    @Test(
        arguments: [
            ("mysql|--password=x|db", ["--password=*"], "mysql|--password=***|db"),
            ("mysql|--password=|db", ["--password=*"], "mysql|--password=***|db"),
            ("mysql|--passwords=x", ["--password=*"], "mysql|--passwords=x"),
            ("mysql|x--password=x", ["--password=*"], "mysql|x--password=x"),
            ("mysql|--password|x|y", ["--password *"], "mysql|--password|***|y"),
            ("mysql|--password|x|y", ["  --password   *  "], "mysql|--password|***|y"),
            ("mysql|--password", ["--password *"], "mysql|--password"),
            ("mysql|--password|--password|x", ["--password *"], "mysql|--password|***|***"),
            ("--password|x", ["--password *"], "--password|***"),
            ("curl|-u|ada:x|-k", ["-u *:*"], "curl|-u|***:***|-k"),
            ("curl|-u|ada|-k", ["-u *:*"], "curl|-u|ada|-k"),
            ("sh|-c|mysql --password=x", ["--password=*"], "sh|-c|mysql --password=x"),
            ("sh|-c|mysql --password=x y", ["*--password=*"], "sh|-c|***--password=***"),
            ("a|token-aab", ["token-*aab"], "a|token-***aab"),
            ("a|xabcabcx", ["*abc*x"], "a|***abc***x"),
            ("a|b|c", ["*"], "***|***|***"),
            ("a|b|c", ["a**c", "b**"], "a|b***|c"),
            ("env|A=1|B=2", ["A=*", "B=*"], "env|A=***|B=***"),
            // All patterns see the original words.
            ("x|secret|y", ["secre*", "secret *"], "x|secre***|***"),
            ("", ["--password *"], ""),
        ] as [(String, [String], String)])
    func redactions(_ command: String, _ patterns: [String], _ expected: String) throws {
        #expect(try recorded(command, patterns) == expected)
    }

    @Test func extents() throws {
        #expect(try recorded("mysql|--password=x", ["my*"], .name) == "my***")
        #expect(try recorded("mysql|x", [], .name) == "mysql")
        #expect(try recorded("mysql|x", [], .none) == nil)
        #expect(CommandRecording().recorded([[0xFF], []]) == [[0xFF], []])
    }

    @Test(arguments: ["", " ", "password", "a b", "a b *", "a\u{0}*", String(repeating: "*", count: 129)])
    func invalidPatterns(_ text: String) {
        #expect(Redaction(Array(text.utf8)) == nil)
    }

    /// Words and patterns that take long if the matcher goes back to every `*`.
    @Test func noWordTakesLong() throws {
        let pattern = String(repeating: "*a", count: 30) + "*b"
        let word = String(repeating: "a", count: 60_000)
        let start = ContinuousClock.now
        #expect(try recorded(word, [pattern]) == word)
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
