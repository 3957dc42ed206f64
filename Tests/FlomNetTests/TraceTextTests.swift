import Testing

@testable import FlomSystem

/// What a trace shows of a message.
@Suite struct TraceTextTests {
    @Test(arguments: [
        (#"<session x-sess="abc" x-pid="1"/>"#, #"<session x-sess="***" x-pid="1"/>"#),
        (#"<session x-sess = 'abc'/>"#, #"<session x-sess="***"/>"#),
        (#"<command argv="ZWNobw=="/>"#, #"<command argv="***"/>"#),
        // One that is not whole hides all the rest.
        (#"<session x-sess="abc"#, #"<session x-sess="***""#),
        (#"<session x-sess"#, #"<session x-sess"#), (#"<answer rc="0"/>"#, #"<answer rc="0"/>"#),
        (#"a="x-sess" b="1""#, #"a="x-sess" b="1""#),
    ])
    func secretsAreLeftOut(message: String, shown: String) {
        #expect(String(decoding: TraceText.withoutSecrets(Array(message.utf8)), as: UTF8.self) == shown)
    }

    @Test func whatCannotBePrintedIsWrittenAsNumbers() {
        #expect(TraceText.printable([0x41, 0x0A, 0xFF, 0x7E]) == #"A\x0A\xFF~"#)
    }
}
