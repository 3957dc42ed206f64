import FlomTestKit
import Testing

/// flom with FLoM 1.7.2's daemon, played by a stand-in that tolerates no more than the real daemon.
@Suite struct LegacyDaemonTests {
    /// The end of a 1.7.2 client: it unlocks, half-closes, and waits until the daemon closes.
    private func part(_ session: consuming LegacySession) async throws {
        try await session.receiveUnlock()
        try await session.receiveEnd()
    }

    @Test func aGrantedLockRunsTheCommand() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let run = try box.startFlom("-r", "R1", "-l", "PR", "-i", "3000", "--", "sh", "-c", "echo ran; exit 7")
        do {
            let session = try await daemon.accept()
            let lock = try await session.receiveLock()
            #expect(lock["session", "peerid"] == Conditions.machineID)
            let asked = ["name": "UjE=", "mode": "3", "wait": "1", "create": "1", "lifespan": "3000"]
            for (attribute, value) in asked { #expect(lock["resource", attribute] == value, "\(attribute)") }
            #expect(run.outputSoFar.isEmpty)
            try await session.answer(LegacyMessages.firstAnswer(0))
            try await part(session)
        }
        let outcome = try await run.wait()
        #expect(outcome.status == 7 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test func itWaitsUntilTheDaemonHasClosed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let run = try box.startFlom("-r", "R1", "--", "true")
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(0))
            try await session.receiveUnlock()
            try await session.receiveEnd()
            #expect(run.isRunning)
        }
        #expect(try await run.wait().status == 0)
    }

    @Test func aDaemonThatVanishesWhileTheCommandRunsCostsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let gate = try box.gate("gate")
        let run = try box.startFlom("-r", "R1", "--", "sh", "-c", "cat \(gate.path); echo ran; exit 7")
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(0))
        }
        try await gate.open()
        let outcome = try await run.wait()
        #expect(outcome.status == 7 && outcome.output == "ran\n", "\(outcome)")
        #expect(outcome.errors.contains("lost"), "\(outcome)")
    }

    /// The longest names with which 1.7.2's client and daemon still work.
    @Test(arguments: [1, 32, 100, 200, 240])
    func theRequestFitsWithNamesOfAnyLength(length: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let name = String(repeating: "n", count: length)
        let run = try box.startFlom("-r", name, "--", "true")
        do {
            let session = try await daemon.accept()
            #expect(try await session.receiveLock()["resource", "name"] == LegacyMessages.encoded(name))
            try await session.answer(LegacyMessages.firstAnswer(0))
            try await part(session)
        }
        #expect(try await run.wait().status == 0)
    }
}

/// The stand-in itself: it must fail on input that would harm the real daemon.
@Suite struct LegacyDaemonItselfTests {
    private static let harmful: [(String, String)] = [
        ("a newline after the message", LegacyMessages.lock("R1") + "\n"),
        ("512 bytes", LegacyMessages.lock("R1", extra: #" pad="\#(String(repeating: "p", count: 400))""#)),
        ("an unlock first", LegacyMessages.unlock("R1")),
        ("another level", LegacyMessages.lock("R1").replacing(#"level="3""#, with: #"level="4""#)),
        ("no name", #"<msg level="3" verb="1" step="8"><resource mode="5"/></msg>"#),
        ("an undefined entity", LegacyMessages.lock("R1", extra: #" a="&nosuch;""#)),
        ("an unknown element with an attribute", LegacyMessages.lock("R1").replacing("</msg>", with: #"<x y="z"/></msg>"#)),
        ("an attribute that begins with a digit", LegacyMessages.lock("R1", extra: #" 1a="b""#)),
        ("mode 6", LegacyMessages.lock("R1", mode: 6)),
        ("no end", String(LegacyMessages.lock("R1").dropLast())),
    ]

    @Test(arguments: harmful)
    func itFailsOnWhatWouldHarmTheRealOne(name: String, bytes: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let client = try await RawClient(box.socket)
        let session = try await daemon.accept()
        try await client.send(bytes)
        client.halfClose()
        await #expect(throws: Harm.self, "\(name)") {
            _ = try await session.receiveLock()
            try await session.receiveEnd()
        }
    }

    @Test func itAcceptsWhatARealClientSends() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let client = try await RawClient(box.socket)
        let session = try await daemon.accept()
        try await client.send(LegacyMessages.lock("R1"))
        #expect(try await session.receiveLock()["resource", "name"] == "UjE=")
        try await session.answer(LegacyMessages.firstAnswer(0))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
        try await client.send(LegacyMessages.unlock("R1"))
        try await session.receiveUnlock()
        client.halfClose()
        try await session.receiveEnd()
    }
}
