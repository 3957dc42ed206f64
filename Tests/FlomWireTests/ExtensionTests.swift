import FlomModel
import FlomWire
import Testing

/// docs/protocol.md, where the fixtures do not say it already.
@Suite struct ExtensionTests {
    static let secretAttribute = "x-sess=\"AAECAwQFBgcICQoLDA0ODw\""

    @Test(arguments: ["1", "2", "007", "18446744073709551616"]) func everyVersionIsAMarker(_ version: String) throws {
        let text = "<msg verb=\"1\" step=\"8\" x=\"\(version)\"><session \(Self.secretAttribute)/><resource name=\"UjE=\"/></msg>"
        let message = try #require(ClientMessage(text).asLock)
        #expect(message.offer == Offer(secret: secret))
    }

    @Test(arguments: ["", "0", "00", "-1", "1.0", "x", " 1", "1 "]) func whatIsNoMarker(_ version: String) throws {
        #expect(try ClientMessage("<msg verb=\"4\" step=\"8\" x=\"\(version)\"></msg>") == .discover(extended: false))
    }

    @Test func aLaterVersionMayBringElementsWithAttributes() throws {
        let text =
            "<msg verb=\"1\" step=\"8\" x=\"2\"><new a=\"1\"/><session \(Self.secretAttribute) x-new=\"1\"/><resource name=\"UjE=\" x-new=\"1\"/><new a=\"1\"><b c=\"2\"/></new></msg>"
        let message = try #require(ClientMessage(text).asLock)
        #expect(message.name == Array("R1".utf8))
        #expect(try ServerMessage("<msg verb=\"2\" step=\"16\" x=\"2\"><new a=\"1\"/><answer rc=\"0\"/></msg>") == .unlocked)
    }

    @Test func aPidWithoutStartTimeHasNone() throws {
        let text =
            "<msg verb=\"1\" step=\"8\" x=\"1\"><session \(Self.secretAttribute) x-pid=\"7\"/><resource name=\"UjE=\"/></msg>"
        let message = try #require(ClientMessage(text).asLock)
        #expect(message.offer?.process == ProcessIdentity(pid: 7, startTime: 0))
    }

    @Test(arguments: [
        "", "x-sess=\"\"", "x-sess=\"AAECAwQFBgcICQoLDA0O\"", "x-sess=\"AAECAwQFBgcICQoLDA0ODxA\"",
        "x-sess=\"AAECAwQFBgcICQoLDA0ODw==\"",
        "x-sess=\"AAECAwQFBgcICQoLDA0OD+\"", "x-sess=\"AAECAwQFBgcICQoLDA0ODx\"",
        "\(secretAttribute) x-boot=\"\"", "\(secretAttribute) x-boot=\"6F0D4A5B8F3C4D0E9C1B2A3948576655\"",
        "\(secretAttribute) x-boot=\"6f0d4a5b-8f3c-4d0e-9c1b-2a394857\"", "\(secretAttribute) x-pid=\"0\"",
        "\(secretAttribute) x-pid=\"-1\"",
        "\(secretAttribute) x-pid=\"2147483648\"", "\(secretAttribute) x-start=\"-1\"", "\(secretAttribute) x-pidns=\"0\"",
        "\(secretAttribute) x-start=\"18446744073709551616\"",
    ])
    func badOffer(_ attributes: String) {
        do {
            _ = try ClientMessage("<msg verb=\"1\" step=\"8\" x=\"1\"><session \(attributes)/><resource name=\"UjE=\"/></msg>")
            Issue.record("accepted")
        } catch {
            #expect("\(error)".hasPrefix("malformed"))
        }
    }

    @Test(arguments: [
        "x-status=\"256\"", "x-status=\"-1\"", "x-status=\"\"", "x-signal=\"0\"", "x-signal=\"65\"", "x-failed=\"0\"",
        "x-failed=\"yes\"",
    ])
    func badCompletion(_ attribute: String) {
        #expect(throws: WireError.self) {
            try ClientMessage("<msg verb=\"2\" step=\"8\" x=\"1\"><resource name=\"UjE=\" \(attribute)/></msg>")
        }
    }

    @Test(arguments: [
        (16, ""), (16, "<command/>"), (16, "<command argv=\"YQ==\"/>"), (16, "<command argv=\"YQA\"/>"), (17, ""),
        (17, "<process pid=\"1\"/>"),
        (17, "<process start=\"1\"/>"), (17, "<process pid=\"0\" start=\"1\"/>"), (17, "<process pid=\"1\" start=\"-1\"/>"),
        (19, ""), (25, ""), (25, "<query/>"), (25, "<query until=\"-1\"/>"), (25, "<query until=\"\"/>"),
    ])
    func badNewMessage(_ verb: Int, _ content: String) {
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"\(verb)\" step=\"8\" x=\"1\">\(content)</msg>") }
    }

    @Test func wordsOfAnyBytesAndEmptyOnes() throws {
        for command in [[], [[]], [[], []], [[0xFF, 0x01], [], [0x20]]] as [[[UInt8]]] {
            let message = ClientMessage.describe(command: command)
            #expect(try ClientMessage(decoding: message.encoded()) == message)
        }
    }

    /// Only what our clients report is said; a daemon's own conclusions are not.
    @Test(arguments: [Completion.unlocked(rollback: true), .disconnected]) func conclusionsStayHere(_ completion: Completion)
        throws
    {
        var message = UnlockMessage(name: Array("R1".utf8))
        message.speaksExtension = true
        message.completion = completion
        let frame = try ClientMessage.unlock(message).encoded()
        message.completion = nil
        #expect(try ClientMessage(decoding: frame) == .unlock(message))
    }

    @Test func withoutTheMarkerNothingOfOurs() throws {
        var message = UnlockMessage(name: Array("R1".utf8))
        message.completion = .exited(status: 1)
        #expect(!String(decoding: try ClientMessage.unlock(message).encoded(), as: UTF8.self).contains("x-"))
    }

    @Test func onlyTheFirstAnswerSaysWhoTheDaemonIs() {
        let frame = answer(.later, .granted) { $0.peerID = machineID }.encoded()
        #expect(frame == Fixture.captured.first { $0.name == "answer-late-grant" }?.bytes)
    }
}
