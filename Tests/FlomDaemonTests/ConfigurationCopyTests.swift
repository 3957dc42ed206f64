import FlomSettings
import FlomSystem
import Foundation
import Testing

/// What a daemon is handed of a configuration that can be read only once.
@Suite struct ConfigurationCopyTests {
    @Test(arguments: [0, 1, 65_536, 65_537, 300_000])
    func thePipeHoldsTheWholeContent(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let pipe = try ConfigurationCopy.makePipe(holding: bytes)
        defer { close(pipe) }
        #expect(Files.contents(of: pipe, limit: 1 << 20) == bytes)
    }

    @Test func theVariableOfAPassedDescriptor() {
        let own = PassedDescriptor(7)
        #expect(own.text == "\(getpid()):7" && PassedDescriptor(text: own.text) == own)
    }

    @Test(arguments: ["", ":", "4711", "4711:", ":5", "4711:5:6", "a:5", "4711:b", "4711: 5"])
    func whatIsNoPassedDescriptor(_ text: String) {
        #expect(PassedDescriptor(text: text) == nil)
    }
}
