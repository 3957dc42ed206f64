import FlomTestKit
import Testing

/// Inputs that kill or hang the daemon of 1.7.2, or nearly do: flom's daemon stays up and serves the next client at once.
@Suite struct WireRobustnessTests {
    /// The fate of the connection that sent the input.
    enum Fate: Sendable {
        /// Closed without a word.
        case closed
        /// Open, unanswered: more may come.
        case open
        /// Answered with these first answers.
        case answered([Int])
        /// Told that it speaks TLS where plain text is spoken, and closed.
        case turnedAway
    }

    /// Fatal, unexpected message.
    static let plainAlert: [UInt8] = [0x15, 3, 1, 0, 2, 2, 10]

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let fate: Fate
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ fate: Fate) { self.init(name, Array(text.utf8), fate) }

        init(_ name: String, _ bytes: [UInt8], _ fate: Fate) {
            self.name = name
            self.bytes = bytes
            self.fate = fate
        }
    }

    private static func message(_ verb: Int, _ step: Int, _ body: String = "", level: Int = 3) -> String {
        #"<msg level="\#(level)" verb="\#(verb)" step="\#(step)">\#(body)</msg>"#
    }

    private static let lock = LegacyMessages.lock("R1")
    private static let resource = #"<resource name="UjE=" mode="5" wait="1" create="1" lifespan="0"/>"#
    private static func padded(to size: Int) -> String {
        let bare = LegacyMessages.lock("R1", extra: #" pad="""#)
        return LegacyMessages.lock("R1", extra: #" pad="\#(String(repeating: "p", count: size - bare.utf8.count))""#)
    }
    private static func garbage(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 29) | 0x80 } }

    static let silence: [Row] = [
        Row("nothing", "", .open),
        Row("one byte", "<", .open),
        Row("a lock cut off at 100 bytes", String(lock.prefix(100)), .open),
        Row("a lock without its final >", String(lock.dropLast()), .open),
        Row("a self-closed msg", #"<msg level="3" verb="1" step="8"/>"#, .open),
        Row("a closing tag with a blank", String(lock.dropLast()) + " >", .open),
        Row("a closing tag in capitals", lock.replacing("</msg>", with: "</MSG>"), .open),
        Row("an HTTP request", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", .open),
        Row("a TLS ClientHello", [0x16, 3, 1, 0, 0xf5, 1, 0, 0, 0xf1, 3, 3] + garbage(239), .turnedAway),
        Row("300 bytes of garbage", garbage(300), .open),
        Row("505 bytes of garbage", garbage(505), .open),
    ]

    static let tooMuch: [Row] = [
        Row("512 bytes of garbage", garbage(512), .closed),
        Row("100 000 bytes of garbage", garbage(100_000), .closed),
        Row("a lock of 511 bytes", padded(to: 511), .answered([0])),
        Row("a lock of 512 bytes", padded(to: 512), .closed),
        Row("a lock of 65 000 bytes", padded(to: 65_000), .closed),
    ]

    static let malformed: [Row] = [
        Row("random bytes and </msg>", garbage(64) + Array("</msg>".utf8), .closed),
        Row("only </msg>", "</msg>", .closed),
        Row("</msg> twice", "</msg></msg>", .closed),
        Row("an empty msg", "<msg></msg>", .closed),
        Row("an unclosed element", #"<msg level="3" verb="1" step="8"><a></msg>"#, .closed),
        Row("an undefined entity", message(1, 8, resource + "<x>&nosuch;</x>"), .closed),
        Row("a bare ampersand", message(1, 8, resource + "<x>a & b</x>"), .closed),
        Row("&#0;", message(1, 8, resource + "<x>&#0;</x>"), .closed),
        Row("invalid UTF-8", Array(message(1, 8, resource).utf8.dropLast(6)) + [0xff, 0xfe] + Array("</msg>".utf8), .closed),
        Row("a byte order mark", [0xef, 0xbb, 0xbf] + Array(lock.utf8), .closed),
        Row("an attribute that begins with a digit", LegacyMessages.lock("R1", extra: #" 1x="y""#), .closed),
        Row("an unknown element with an attribute", message(1, 8, resource + #"<x y="z"/>"#), .closed),
    ]

    static let outOfPlace: [Row] = [
        Row("an unlock first", LegacyMessages.unlock("R1"), .closed),
        Row("a ping", message(3, 8), .closed),
        Row("a pong", message(3, 16), .closed),
        Row("a discovery", message(4, 8), .closed),
        Row("a location", message(4, 16, #"<network address="" port="1"/>"#), .closed),
        Row("verb 6", message(6, 8), .closed),
        Row("verb 0", message(0, 8), .closed),
        Row("verb 16 without marker", message(16, 8), .closed),
        Row("no verb", #"<msg level="3" step="8">\#(resource)</msg>"#, .closed),
        Row("no step", #"<msg level="3" verb="1">\#(resource)</msg>"#, .closed),
        Row("step 9", message(1, 9, resource), .closed),
        Row("step 16", message(1, 16, resource), .closed),
        Row("step 24", message(1, 24, resource), .closed),
        Row("a shutdown without action", message(5, 8), .closed),
        Row("a shutdown with an unknown action", message(5, 8, #"<shutdown foo="1"/>"#), .closed),
        Row("a shutdown with more than its action", message(5, 8, #"<shutdown immediate="1" foo="1"/>"#), .closed),
        Row("level 0", message(1, 8, resource, level: 0), .closed),
        Row("level 2", message(1, 8, resource, level: 2), .closed),
        Row("level 4", message(1, 8, resource, level: 4), .closed),
        Row("no resource", message(1, 8, #"<session peerid="x"/>"#), .closed),
        Row("a resource without name", message(1, 8, #"<resource mode="5" wait="1" create="1"/>"#), .closed),
        Row("a rollback on a lock", message(1, 8, #"<resource name="UjE=" mode="5" rollback="0"/>"#), .closed),
    ]

    static let odd: [Row] = [
        Row("mode -1", message(1, 8, #"<resource name="UjE=" mode="-1" wait="1" create="1"/>"#), .answered([6])),
        Row("mode 6", message(1, 8, #"<resource name="UjE=" mode="6" wait="1" create="1"/>"#), .answered([6])),
        Row("a name that is no base64", message(1, 8, #"<resource name="*" mode="5" wait="1" create="1"/>"#), .answered([-14])),
        Row("two locks for two resources", lock + LegacyMessages.lock("R2", wait: false), .answered([0, 4])),
        Row("a lock and half a message", lock + "<msg", .answered([0])),
        Row("a lock and a newline", lock + "\n", .answered([0])),
        Row("a newline and a lock", "\n" + lock, .answered([0])),
        Row("no declaration", String(lock.dropFirst(LegacyMessages.declaration.count)), .answered([0])),
        Row("the last of two verbs", message(1, 8, resource).replacing("verb", with: #"verb="9" verb"#), .answered([0])),
        Row("a nested msg", message(1, 8, #"<msg level="3" verb="1" step="8"/>"# + resource), .answered([0])),
        Row("a comment and a DOCTYPE", "<!DOCTYPE msg><!-- </x> -->" + message(1, 8, resource), .answered([0])),
    ]

    @Test(arguments: silence + tooMuch + malformed + outOfPlace + odd)
    func theDaemonStaysAndServesTheNextAtOnce(row: Row) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let client = try await RawClient(box.socket)
        do { try await client.send(row.bytes) } catch {
            guard case .closed = row.fate else { throw error }
        }

        // The next client is served while that connection is open.
        #expect(try await box.flom("-d", "0", "-r", "probe", "-o", "0", "--", "true").status == 0)
        switch row.fate {
        case .closed: #expect(try await client.receive() == nil)
        case .open: #expect(client.hearsNothing)
        case .turnedAway: #expect(try await client.bytesUntilEnd() == Self.plainAlert)
        case .answered(let codes):
            for code in codes { #expect(try await client.receive() == LegacyMessages.firstAnswer(code)) }
        }
        // It is also served after that connection has ended with all its locks.
        client.halfClose()
        _ = try? await client.receive()
        try await eventually("R1 is free") {
            try await box.flom("-d", "0", "-r", "R1", "-o", "0", "--", "true").status == 0
        }
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    static let badMessages = [
        Row("garbage", "garbage</msg>", .closed),
        Row("an unlock of another resource", LegacyMessages.unlock("R2"), .closed),
        Row("an unlock with a mode", message(2, 8, #"<resource name="UjE=" mode="5"/>"#), .closed),
        Row("an unlock of another level", message(2, 8, #"<resource name="UjE="/>"#, level: 2), .closed),
        Row("an unlock in another step", message(2, 16, #"<resource name="UjE="/>"#), .closed),
        Row("an unlock without resource", message(2, 8), .closed),
        Row("a pong", message(3, 16), .closed),
        Row("a discovery", message(4, 8), .closed),
        Row("verb 9", message(9, 8), .closed),
        Row("verb 17 without marker", message(17, 8, #"<process pid="1" start="1"/>"#), .closed),
        Row("600 bytes", garbage(600), .closed),
    ]

    @Test(arguments: badMessages)
    func aHolderThatSendsABadMessageLosesConnectionAndLock(row: Row) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await RawClient(box.socket)
        let waiter = try await RawClient(box.socket)
        try await holder.send(LegacyMessages.lock("R1"))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        try await waiter.send(LegacyMessages.lock("R1"))
        #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
        try await holder.send(row.bytes)
        #expect(try await holder.receive() == nil)
        #expect(try await waiter.receive() == LegacyMessages.laterAnswer(0))
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    @Test(arguments: ["\n", "<", String(lock.prefix(100))])
    func aHolderWithHalfAMessageHoldsUpNobody(half: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await RawClient(box.socket)
        try await holder.send(LegacyMessages.lock("R1", mode: 3))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        try await holder.send(half)
        #expect(try await box.flom("-d", "0", "-r", "R1", "-l", "PR", "-o", "0", "--", "true").status == 0)
        #expect(try await box.flom("-d", "0", "-r", "R1", "-o", "0", "--", "true").status == 98)
        #expect(box.daemonPID == daemon)
    }

    private static let whileAwaitingCreation = [
        Row("a newline", "\n", .open),
        Row("half a message", "<msg lev", .open),
        Row("a pong", message(3, 16), .closed),
        Row("garbage", "garbage</msg>", .closed),
    ]

    @Test(arguments: whileAwaitingCreation)
    func aWaiterForACreationHoldsUpNoOther(row: Row) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1", create: false))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(2))
        try await client.send(row.bytes)
        #expect(try await box.flom("-d", "0", "-r", "probe", "-o", "0", "--", "true").status == 0)
        if case .closed = row.fate {
            #expect(try await client.receive() == nil)
        } else {
            #expect(client.hearsNothing)
        }
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    @Test func anUnlockEndsTheWaitForACreation() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1", create: false))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(2))
        try await client.send(LegacyMessages.unlock("R1"))
        try await eventually("nobody waits any more") { try await box.status().isEmpty }
        #expect(try await box.flom("-d", "0", "-r", "R1", "-o", "0", "--", "true").status == 0)
        #expect(box.daemonPID == daemon)
    }

    /// A second request on one connection replaces the first while that waits; the end of the connection ends them all.
    @Test func aSecondWaitingLockLeavesNothingBehind() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await RawClient(box.socket)
        try await holder.send(LegacyMessages.lock("R1"))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        do {
            let waiter = try await RawClient(box.socket)
            try await waiter.send(LegacyMessages.lock("R1"))
            #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
            try await waiter.send(LegacyMessages.lock("R1"))
            #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
            #expect(try await box.status().map(\.outcome) == ["held", "waiting"])
            // The holder's own second request cannot be waited for: it would wait for itself.
            try await holder.send(LegacyMessages.lock("R1"))
            #expect(try await holder.receive() == LegacyMessages.firstAnswer(4))
        }
        try await eventually("the waiter is gone") { try await box.status().map(\.outcome) == ["held"] }
        try await holder.send(LegacyMessages.unlock("R1"))
        #expect(try await box.flom("-d", "0", "-r", "R1", "-o", "5000", "--", "true").status == 0)
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    /// Closing with unread bytes is the nearest to a reset that a UNIX socket has.
    @Test(arguments: [0, 1, 2])
    func aResetIsAHangUp(answersRead: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await box.hold("R1")
        do {
            let waiter = try await RawClient(box.socket)
            try await waiter.send(LegacyMessages.lock("R1"))
            try await eventually("it waits") { try await box.status().map(\.outcome) == ["held", "waiting"] }
            if answersRead > 0 { #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1)) }
            if answersRead > 1 {
                try await holder.letGo()
                try await eventually("it holds") { try await box.status().map(\.clientPID) == [ProcessTable.own] }
            }
        }
        try await eventually("it is gone") { try await !box.status().contains { $0.clientPID == ProcessTable.own } }
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    @Test func runningOutOfDescriptorsDoesNotEndTheDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = #"ulimit -n 40; exec "$0" -s "$1" --journal "$2" -d 60000 -r warmup -- true"#
        #expect(try await box.run(["sh", "-c", script, box.program, box.socket, box.journal]).status == 0)
        let daemon = try #require(box.daemonPID)
        var crowd: [RawClient] = []
        for number in 0..<60 {
            let client = try await RawClient(box.socket)
            try await client.send(LegacyMessages.lock("R\(number)"))
            crowd.append(client)
        }
        #expect(try await crowd[0].receive() == LegacyMessages.firstAnswer(0))
        // Each connection that ends makes room for one that waits.
        while !crowd.isEmpty {
            let client = crowd.removeFirst()
            if crowd.count < 20 { #expect(try await client.receive() == LegacyMessages.firstAnswer(0)) }
        }
        #expect(try await box.flom("-d", "0", "-r", "probe", "-o", "5000", "--", "true").status == 0)
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }
}
