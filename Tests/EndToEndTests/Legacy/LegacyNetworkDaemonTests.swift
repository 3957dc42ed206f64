import FlomTestKit
import Foundation
import Testing

/// flom with FLoM 1.7.2's daemon over TCP and through its discovery: the stand-in tolerates no more than the real daemon.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct LegacyNetworkDaemonTests {
    private static let group = "239.255.0.1"
    private static let quick = ["-I", "300", "-d", "0"]

    /// One whole conversation with a client that is granted its lock.
    private func serve(_ daemon: LegacyDaemon, _ answers: [String]) async throws {
        let session = try await daemon.accept()
        let lock = try await session.receiveLock()
        #expect(lock["resource", "name"] == "UjE=")
        for answer in answers { try await session.answer(answer) }
        try await session.receiveUnlock()
        try await session.receiveEnd()
    }

    private static let grants = [
        [LegacyMessages.firstAnswer(0)],
        [LegacyMessages.firstAnswer(1), LegacyMessages.laterAnswer(0)],
        [LegacyMessages.firstAnswer(2), LegacyMessages.laterAnswer(1), LegacyMessages.laterAnswer(0)],
    ]

    @Test(arguments: grants)
    func overTCP(answers: [String]) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let run = try net.presanella.startFlom("-a", "mojan", "-d", "0", "-r", "R1", "--", "sh", "-c", "echo ran; exit 7")
        try await serve(daemon, answers)
        let outcome = try await run.wait()
        #expect(outcome.status == 7 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    /// Replies with an ephemeral port and an empty address, and with the address or name with which the daemon was started.
    @Test(arguments: [("", 36329), ("192.168.1.2", 28015), ("mojan", 28015), ("0.0.0.0", 28020)] as [(String, UInt16)])
    func throughDiscovery(address: String, port: UInt16) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2", port: port)
        let responder = try LegacyResponder(on: net.mojan, group: Self.group)
        let run = try net.presanella.start(["flom", "-A", Self.group] + Self.quick + ["-r", "R1", "--", "echo", "ran"])
        try await responder.answer(address: address, port: port)
        try await serve(daemon, [LegacyMessages.firstAnswer(0)])
        let outcome = try await run.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test func aLostReplyCostsOneTimeout() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let responder = try LegacyResponder(on: net.mojan, group: Self.group)
        let start = ContinuousClock.now
        let run = try net.presanella.start(["flom", "-A", Self.group] + Self.quick + ["-r", "R1", "--", "echo", "ran"])
        try await responder.ignore()
        try await responder.answer(address: "192.168.1.2", port: 28015)
        try await serve(daemon, [LegacyMessages.firstAnswer(0)])
        #expect(try await run.wait().output == "ran\n")
        #expect(ContinuousClock.now - start >= .milliseconds(300))
    }

    private static let noReplies = [
        "", "garbage", LegacyDiscovery.query, LegacyMessages.firstAnswer(0),
        LegacyDiscovery.reply(address: "192.168.1.6", port: 0),
        LegacyDiscovery.reply(address: "192.168.1.6", port: 28015).replacing(#"level="3""#, with: #"level="4""#),
        LegacyDiscovery.reply(address: "127.0.0.1", port: 28015), LegacyDiscovery.reply(address: "239.255.0.1", port: 28015),
        String(LegacyDiscovery.reply(address: "192.168.1.6", port: 28015).dropLast()),
        LegacyDiscovery.reply(address: String(repeating: "a", count: 1000), port: 28015),
    ]

    /// Most of these replies end 1.7.2's client, or mislead it; flom takes the next valid reply.
    @Test func invalidRepliesAreIgnored() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let group = try LegacyResponder(on: net.mojan, group: Self.group)
        let run = try net.presanella.start(["flom", "-A", Self.group, "-I", "2000", "-d", "0", "-r", "R1", "--", "echo", "ran"])
        try await group.answer(Self.noReplies + [LegacyDiscovery.reply(address: "192.168.1.2", port: 28015)])
        try await serve(daemon, [LegacyMessages.firstAnswer(0)])
        let outcome = try await run.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    /// flom starts no daemon beside one of 1.7.2 that serves the group.
    @Test func aStarterOfOursUsesTheDaemonThatIsThere() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let responder = try LegacyResponder(on: net.mojan, group: Self.group)
        let run = try net.presanella.startFlom("-A", Self.group, "-d", "-1", "-r", "R1", "--", "echo", "ran")
        try await responder.answer(address: "192.168.1.2", port: 28015)
        try await serve(daemon, [LegacyMessages.firstAnswer(0)])
        #expect(try await run.wait().output == "ran\n")
        #expect(net.presanella.daemons.isEmpty)
    }

    /// The daemon closes without an answer, or does not answer at all, and the client has 1 s.
    @Test(arguments: [true, false], ["-x", "-X"])
    func shutdown(closes: Bool, option: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let run = try net.presanella.startFlom("-a", "192.168.1.2", option)
        var session: LegacySession? = try await daemon.accept()
        #expect(try await session?.receiveShutdown() == (option == "-X"))
        if closes { session = nil } else { try await session?.receiveEnd() }
        let outcome = try await run.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    /// 1.7.2 keeps no history, and its daemon would die of a query.
    @Test(arguments: ["--history", "--status"])
    func aReportIsRefusedWithASentence(option: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let daemon = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let run = try net.presanella.startFlom("-a", "192.168.1.2", option)
        do {
            let session = try await daemon.accept()
            let probe = try await session.receiveLock()
            #expect(probe["resource", "wait"] == "0" && probe["resource", "create"] == "0" && probe["resource", "mode"] == "0")
            try await session.answer(LegacyMessages.firstAnswer(5))
            try await session.receiveEnd()
        }
        let outcome = try await run.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("1.7.2"), "\(outcome)")
    }
}
