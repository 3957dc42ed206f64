import Testing

@testable import FlomDaemon
@testable import FlomSettings

/// The forms of a line of the log.
@Suite struct LogLineTests {
    private let line = LogLine(level: .warning, id: "FLM120W", sentence: "ended the connection")

    @Test func syslogGetsWhatItsLibraryWouldSend() {
        let text = String(decoding: line.syslog(pid: 42, second: 1_700_000_000), as: UTF8.self)
        let form = /<28>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d flom\[42\]: FLM120W ended the connection/
        #expect(text.wholeMatch(of: form) != nil, "\(text)")
    }

    @Test func stderrGetsTheLevelAsItsReaderWantsIt() {
        #expect(
            String(decoding: line.standardError(forJournal: false), as: UTF8.self)
                == "flom: warning: FLM120W ended the connection\n")
        #expect(
            String(decoding: line.standardError(forJournal: true), as: UTF8.self) == "<4>FLM120W ended the connection\n")
    }

    /// A name with a newline forges no second line, and no field.
    @Test func aLineStaysOne() {
        let forged = LogLine(level: .info, id: nil, sentence: "a\nPRIORITY=0\u{1B}[2J")
        #expect(forged.sentence == "a?PRIORITY=0?[2J")
        let fields = String(decoding: forged.journal(pid: 1, endpoint: "e"), as: UTF8.self).split(separator: "\n")
        #expect(fields.count { $0.hasPrefix("PRIORITY=") } == 1 && fields.first == "MESSAGE=a?PRIORITY=0?[2J")
    }

    @Test func aLineIsBounded() {
        let long = LogLine(level: .info, id: nil, sentence: String(repeating: "ä", count: 5000))
        #expect(long.sentence.utf8.count <= 2002 && long.sentence.hasSuffix("..."))
    }
}
