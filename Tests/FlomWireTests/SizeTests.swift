import FlomModel
import FlomWire
import Testing

/// No message is longer than its reader takes, whatever is in it.
@Suite struct SizeTests {
    static func request(nameLength: Int, _ change: (inout LockMessage) -> Void = { _ in }) -> LockMessage {
        var message = LockMessage(name: Array(repeating: UInt8(ascii: "n"), count: nameLength))
        message.peerID = machineID
        message.mode = 5
        message.wait = true
        message.create = true
        var offer = Offer(secret: secret)
        offer.bootID = "6f0d4a5b8f3c4d0e9c1b2a3948576655"
        offer.process = ProcessIdentity(pid: 4_194_304, startTime: 123_456_789)
        offer.user = "somebody"
        offer.host = "a-host-with-quite-a-long-name.example.org"
        message.offer = offer
        change(&message)
        return message
    }

    @Test(arguments: 1...240) func everyNameThatSimpleResourcesMayHave(_ length: Int) throws {
        let request = Self.request(nameLength: length)
        let frame = try ClientMessage.lock(request).encoded()
        #expect(frame.count <= 511)
        let decoded = try #require(ClientMessage(decoding: frame).asLock)
        #expect(decoded.name == request.name)
        #expect(decoded.offer?.secret == secret)
        #expect((decoded.mode, decoded.wait, decoded.create) == (5, true, true))
    }

    /// As the name grows, things go one by one and in this order, and none goes while it would fit.
    @Test func orderOfDropping() throws {
        var seen: [String] = []
        for length in 1...300 {
            guard let frame = try? ClientMessage.lock(Self.request(nameLength: length)).encoded() else {
                seen.append("tooLong")
                break
            }
            let text = String(decoding: frame, as: UTF8.self)
            let parts = ["x-host", "x-user", "x-pid", "x-boot", "<?xml", "peerid"].filter { text.contains($0) }.joined(
                separator: " ")
            #expect(text.contains("x=\"1\"") && text.contains("x-sess"))
            if seen.last != parts { seen.append(parts) }
        }
        #expect(
            seen == [
                "x-host x-user x-pid x-boot <?xml peerid", "x-user x-pid x-boot <?xml peerid", "x-pid x-boot <?xml peerid",
                "x-boot <?xml peerid", "<?xml peerid", "peerid", "", "tooLong",
            ])
    }

    @Test func exactly511() throws {
        // Declared, and nothing of ours: 191 + 320 bytes.
        let longest = Self.request(nameLength: 240) { $0.offer = nil }
        #expect(try ClientMessage.lock(longest).encoded().count == 511)
        #expect(try ClientMessage.lock(longest).encoded().starts(with: "<?xml".utf8))
        let longer = Self.request(nameLength: 241) { $0.offer = nil }
        #expect(try ClientMessage.lock(longer).encoded().starts(with: "<msg".utf8))
    }

    @Test func whatCannotFitIsRefusedAndNothingAppended() {
        var unlock = UnlockMessage(name: [UInt8](repeating: 1, count: 400))
        unlock.speaksExtension = true
        var shutdown = ShutdownMessage(immediate: true)
        shutdown.peerID = String(repeating: "p", count: 500)
        for message in [.lock(Self.request(nameLength: 400)), .unlock(unlock), .shutdown(shutdown)] as [ClientMessage] {
            var bytes = Array("before".utf8)
            #expect(throws: WireError.tooLong(limit: 511)) { try message.encode(into: &bytes) }
            #expect(bytes == Array("before".utf8))
        }
    }

    @Test func aBootIDMustBeOne() {
        let message = ClientMessage.lock(
            Self.request(nameLength: 1) { $0.offer?.bootID = "6f0d4a5b-8f3c-4d0e-9c1b-2a3948576655" })
        #expect(throws: WireError.self) { try message.encoded() }
    }

    // MARK: Command lines

    @Test(arguments: [49_000, 49_050, 49_080, 49_090, 49_100, 49_150, 60_000, 200_000]) func longCommandLines(_ length: Int)
        throws
    {
        for word in ["x", "ä", "€", "👍"] {
            let command = [
                Array("sh".utf8), Array(String(repeating: word, count: length / word.utf8.count).utf8), Array("end".utf8),
            ]
            let frame = try ClientMessage.describe(command: command).encoded()
            #expect(frame.count <= FrameLimit.betweenOurs)
            let decoded = try #require(ClientMessage(decoding: frame).asDescription)
            if decoded != command {
                #expect(frame.count > FrameLimit.betweenOurs - 12, "cut although it would fit")
                let last = try #require(String(validating: decoded.last!, as: UTF8.self), "cut within a character")
                #expect(last.hasSuffix("…"))
                #expect(decoded.dropLast() == command[..<(decoded.count - 1)])
                #expect(command[decoded.count - 1].starts(with: last.dropLast().utf8))
            }
        }
    }

    @Test func manyShortWords() throws {
        let frame = try ClientMessage.describe(command: Array(repeating: [], count: 100_000)).encoded()
        let decoded = try #require(ClientMessage(decoding: frame).asDescription)
        #expect(decoded.last == Array("…".utf8))
        #expect(frame.count <= FrameLimit.betweenOurs)
    }

    // MARK: Answers

    @Test(arguments: ["x", "ä", "👍", "e\u{301}", "&", "\n", "👨‍👩‍👧‍👦"]) func aLongReasonIsCutAtACharacter(_ character: String) throws {
        for length in [1, 100, 700, 800, 900, 1000, 5000] {
            let reason = String(repeating: character, count: length)
            let message = answer(.first, .cannotLock) { message in
                message.details = AnswerDetails()
                message.details?.reason = reason
            }
            var frame: [UInt8] = []
            #expect(message.encode(into: &frame))
            #expect(frame.count <= 1023)
            let decoded = try #require(ServerMessage(decoding: frame).asAnswer)
            let shown = try #require(decoded.details?.reason)
            if shown != reason {
                #expect(shown.hasSuffix("…"))
                #expect(shown.dropLast() == reason.prefix(shown.count - 1), "cut within a character")
                #expect(frame.count > 1023 - 30)
            } else {
                #expect(length < 1000)
            }
        }
    }

    @Test func elementsOfAnyLength() {
        for length in 0...1023 {
            let element = [UInt8](repeating: UInt8(ascii: "e"), count: length)
            let plain = answer(.later, .granted) { $0.element = element }
            var frame = Array("before".utf8)
            let fits = plain.encode(into: &frame)
            #expect(fits == (95 + 11 + length <= 1023))
            #expect(frame.count == 6 + (fits ? 95 + 11 + length : 0))

            // A reason never stands in an element's way.
            let explained = answer(.later, .granted) { message in
                message.element = element
                message.details = AnswerDetails()
                message.details?.reason = "because"
            }
            #expect(explained.encode(into: &frame) == (95 + 6 + 11 + length <= 1023))
        }
    }

    @Test func whatNeedsEscaping() throws {
        let odd = answer(.first, .granted) { message in
            message.peerID = "<\"&'>"
            message.element = Array("a\u{1}\u{FFFE}\u{FFFF}b\t".utf8) + [0xFF]
        }
        let text = String(decoding: odd.encoded(), as: UTF8.self)
        #expect(text.contains("peerid=\"&lt;&quot;&amp;&apos;&gt;\""))
        #expect(text.contains("element=\"a\u{FFFD}\u{FFFD}\u{FFFD}b&#9;\u{FFFD}\""))
        let decoded = try #require(ServerMessage(text).asAnswer)
        #expect(decoded.peerID == "<\"&'>")
    }
}
