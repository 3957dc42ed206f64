import FlomModel
import FlomWire
import Testing

/// Several resources at once, and requests from within a lock: verb 20 and what announces it.
@Suite struct PartsMessageTests {
    private static let secretAttribute = "x-sess=\"AAECAwQFBgcICQoLDA0ODw\""

    private func lock(_ attributes: String, marker: String = " x=\"1\"") throws -> LockMessage {
        let session = "<session \(Self.secretAttribute)\(attributes.isEmpty ? "" : " " + attributes)/>"
        let text = "<msg verb=\"1\" step=\"8\"\(marker)>\(session)<resource name=\"UjE=\"/></msg>"
        return try #require(ClientMessage(text).asLock)
    }

    // MARK: - What a lock says of it

    @Test func whatStandsOnALock() throws {
        let offer = try #require(try lock("x-parent=\"9a7c21:17\" x-deadlock=\"1\" x-parts=\"64\"").offer)
        #expect((offer.parent, offer.mayBeRefusedAsDeadlock, offer.partCount) == ("9a7c21:17", true, 64))
        let plain = try #require(try lock("").offer)
        #expect((plain.parent, plain.mayBeRefusedAsDeadlock, plain.partCount) == (nil, false, 1))
        #expect(try lock("x-parts=\"1\"").offer == plain)
        // A request is not refused for a lock that it does not name.
        #expect(try lock("x-deadlock=\"1\"").offer == plain)
        // From 1.7.2, or something that is not ours: it says nothing.
        #expect(try lock("x-parent=\"9a7c21:17\" x-parts=\"2\"", marker: "").offer == nil)
    }

    @Test(arguments: ["0", "65", "-1", "2147483648", "", "two", "2 "]) func howManyResourcesItCannotBe(_ count: String) {
        #expect(throws: WireError.self) { try lock("x-parts=\"\(count)\"") }
    }

    /// Whatever an answer says besides is read as it was written.
    @Test(arguments: [nil, "it is \"so\"", String(repeating: "'", count: 900)]) func aReasonStandsBesideTheGrants(
        _ reason: String?
    )
        throws
    {
        var answer = LockAnswer(step: .first, code: .granted)
        var details = AnswerDetails()
        details.reason = reason
        answer.details = details
        answer.others = [PartGranted(request: "j:2", token: FencingToken(7), element: Array("e".utf8))]
        var written: [UInt8] = []
        #expect(ServerMessage.answer(answer).encode(into: &written))
        #expect(try ServerMessage(decoding: written) == .answer(answer))
    }

    // MARK: - What fits

    private static func nested(nameLength: Int, parts: Int = 1) -> LockMessage {
        SizeTests.request(nameLength: nameLength) { message in
            message.offer?.parent = "0123456789abcdef0123456789abcdef:9223372036854775807"
            message.offer?.mayBeRefusedAsDeadlock = true
            message.offer?.partCount = parts
        }
    }

    /// It is left out after whatever else is known of the client, before what the daemon needs more; nothing it stood beside suffers.
    @Test func theParentGoesBeforeItHarms() throws {
        var seen: [String] = []
        for length in 1...300 {
            guard let frame = try? ClientMessage.lock(Self.nested(nameLength: length)).encoded() else { break }
            #expect(frame.count <= 511)
            let text = String(decoding: frame, as: UTF8.self)
            let parts = ["x-host", "x-user", "x-pid", "x-parent", "x-deadlock", "x-boot", "<?xml", "peerid"]
                .filter { text.contains($0) }.joined(separator: " ")
            if seen.last != parts { seen.append(parts) }
        }
        #expect(
            seen == [
                "x-host x-user x-pid x-parent x-deadlock x-boot <?xml peerid",
                "x-user x-pid x-parent x-deadlock x-boot <?xml peerid",
                "x-pid x-parent x-deadlock x-boot <?xml peerid", "x-parent x-deadlock x-boot <?xml peerid",
                "x-boot <?xml peerid", "<?xml peerid", "peerid", "",
            ])
    }

    /// A name of 350 bytes has never fitted into the first message; a parent makes no shorter one too long.
    @Test func theParentCostsTheNameNothing() {
        func longest(_ request: (Int) -> LockMessage) -> Int {
            (1...350).last { (try? ClientMessage.lock(request($0)).encoded()) != nil } ?? 0
        }
        let plain = longest { SizeTests.request(nameLength: $0) }
        #expect((240..<350).contains(plain))
        #expect(longest { Self.nested(nameLength: $0) } == plain)
        #expect(throws: WireError.tooLong(limit: 511)) { try ClientMessage.lock(Self.nested(nameLength: 350)).encoded() }
    }

    @Test(arguments: 1...240) func theNumberOfResourcesIsNeverLeftOut(_ length: Int) throws {
        let frame = try ClientMessage.lock(Self.nested(nameLength: length, parts: 64)).encoded()
        #expect(frame.count <= 511)
        let offer = try #require(ClientMessage(decoding: frame).asLock?.offer)
        #expect(offer.partCount == 64 && offer.secret == secret)
        #expect(offer.mayBeRefusedAsDeadlock == (offer.parent != nil))
    }

    /// The longest names that a first message takes, and the longest elements that a daemon gives.
    @Test func sixtyFourResourcesFit() throws {
        let part = ResourceMessage(name: [UInt8](repeating: UInt8(ascii: "n"), count: 270), mode: Int32.min, quantity: Int32.min)
        let asked = ClientMessage.parts(Array(repeating: part, count: PartLimit.resources))
        #expect(try ClientMessage(decoding: asked.encoded()) == asked)

        let told = answer(.first, .granted) { message in
            message.details = AnswerDetails()
            message.others = (1..<PartLimit.resources).map { _ in
                PartGranted(
                    request: "0123456789abcdef0123456789abcdef:9223372036854775807", token: FencingToken((1 << 53) - 1),
                    element: [UInt8](repeating: UInt8(ascii: "e"), count: 353))
            }
        }
        var frame: [UInt8] = []
        #expect(told.encode(into: &frame))
        #expect(frame.count > FrameLimit.towardsOldClient && frame.count <= FrameLimit.betweenOurs)
        #expect(try ServerMessage(decoding: frame) == told)
    }

    @Test func moreIsRefused() throws {
        let parts = Array(repeating: ResourceMessage(name: [UInt8(ascii: "R")]), count: PartLimit.resources + 1)
        let frame = try ClientMessage.parts(parts).encoded()
        #expect(throws: WireError.self) { try ClientMessage(decoding: frame) }
        let grants = Array(
            repeating: PartGranted(request: "j:1", token: FencingToken(1), element: nil), count: PartLimit.resources + 1)
        let told = answer(.later, .granted) { ($0.details, $0.others) = (AnswerDetails(), grants) }
        #expect(throws: WireError.self) { try ServerMessage(decoding: told.encoded()) }
    }

    @Test func whatFitsIntoNoFrameIsNotWritten() {
        let long = ResourceMessage(name: [UInt8](repeating: 1, count: 50_000))
        var bytes = Array("before".utf8)
        #expect(throws: WireError.tooLong(limit: FrameLimit.betweenOurs)) { try ClientMessage.parts([long]).encode(into: &bytes) }
        let told = answer(.first, .granted) { message in
            message.details = AnswerDetails()
            message.others = [PartGranted(request: "j:1", token: FencingToken(1), element: [UInt8](repeating: 1, count: 70_000))]
        }
        #expect(!told.encode(into: &bytes))
        #expect(bytes == Array("before".utf8))
    }

    // MARK: - What is no such message

    @Test(arguments: [
        "<part name=\"UjE=\" mode=\"x\"/>", "<part name=\"UjE=\" mode=\"\"/>", "<part name=\"UjE=\" quantity=\"2147483648\"/>",
        "<part name=\"UjE=\" quantity=\"1 2\"/>", "<part name=\"UjE=\"", "<part name=\"UjE=\"></wrong>",
    ])
    func badResources(_ content: String) {
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"20\" step=\"8\" x=\"1\">\(content)</msg>") }
    }

    @Test func withoutMarkerThereIsNoSuchVerb() {
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"20\" step=\"8\"><part name=\"UjE=\"/></msg>") }
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"20\" step=\"8\"></msg>") }
        #expect(throws: WireError.self) { try ServerMessage("<msg verb=\"20\" step=\"16\"></msg>") }
        #expect(throws: WireError.self) {
            try ServerMessage(
                "<msg verb=\"1\" step=\"16\"><answer rc=\"0\"/><part x-request=\"j:1\" x-fence=\"1\"/></msg>")
        }
    }

    /// Two elements that follow each other are two resources, whatever stands between; an empty one has no name.
    @Test func eachElementIsOne() throws {
        let text =
            "<msg verb=\"20\" step=\"8\" x=\"2\"><part name=\"UjE=\" new=\"1\"/><new a=\"1\"/><part quantity=\"2\" name=\"UjI=\"/></msg>"
        #expect(
            try ClientMessage(text)
                == .parts([
                    ResourceMessage(name: Array("R1".utf8)), ResourceMessage(name: Array("R2".utf8), quantity: 2),
                ]))
        #expect(try ClientMessage("<msg verb=\"20\" step=\"8\" x=\"1\"></msg>") == .parts([]))
        #expect(
            try ClientMessage("<msg verb=\"20\" step=\"8\" x=\"1\"><part mode=\"5\"/></msg>")
                == .parts([ResourceMessage(name: [], mode: 5)]))
    }

    @Test(arguments: [
        "<part x-request=\"j:1\"/>", "<part x-fence=\"1\"/>", "<part x-request=\"j:1\" x-fence=\"-1\"/>",
        "<part x-request=\"j:1\" x-fence=\"9007199254740992\"/>",
    ])
    func badGrants(_ content: String) {
        #expect(throws: WireError.self) {
            try ServerMessage("<msg verb=\"1\" step=\"16\" x=\"1\"><answer rc=\"0\"/>\(content)</msg>")
        }
    }
}
