import FlomTestKit
import Foundation
import Synchronization
import Testing

/// Input that kills or hangs 1.7.2's daemon, over TCP and UDP, while other clients work: they notice nothing.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkRobustnessTests {
    private static let group = "239.255.0.1"

    /// 50 clients of three hosts, ten on each of five resources, that lock and unlock without end.
    private final class Workers: Sendable {
        private let task: Task<[Int], any Error>
        private let isOver: Switch

        private final class Switch: Sendable {
            private let value = Mutex(false)
            var isOn: Bool { value.withLock { $0 } }
            func turnOn() { value.withLock { $0 = true } }
        }

        init(_ net: HostNetwork) {
            let isOver = Switch()
            let hosts = net.hosts
            self.isOver = isOver
            task = Task {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<50 {
                        group.addTask { try await Self.work(hosts[number % 3], "W\(number % 5)", until: isOver) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
        }

        private static func work(_ host: NetworkHost, _ name: String, until isOver: Switch) async throws -> Int {
            var turns = 0
            let client = LegacyClient(try await host.rawClient(to: "192.168.1.2"))
            while !isOver.isOn || turns == 0 {
                if try await client.lock(name) != 0 {
                    let later = try await client.laterAnswer()
                    guard later == 0 else { throw NeverHappened(description: "a worker was told rc \(later)") }
                }
                try await client.unlock(name)
                turns += 1
            }
            try await client.disconnect()
            return turns
        }

        /// The number of locks that each client has had.
        func finish() async throws -> [Int] {
            isOver.turnOn()
            return try await task.value
        }
    }

    private func withWorkers(_ attack: (HostNetwork) async throws -> Void) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-A", Self.group, "-d", "-1", "-I", "100", "--", "true")
        #expect(started.status == 0, "\(started)")
        let daemons = net.mojan.daemons
        let workers = Workers(net)
        do { try await attack(net) } catch {
            _ = try? await workers.finish()
            throw error
        }
        let turns = try await workers.finish()
        #expect(turns.count == 50 && turns.allSatisfy { $0 > 0 }, "\(turns)")
        #expect(daemons.count == 1 && net.mojan.daemons == daemons)
        let after = try await net.presanella.flom("-A", Self.group, "-d", "0", "-r", "probe", "-o", "0", "--", "echo", "served")
        #expect(after.output == "served\n", "\(after)")
    }

    private typealias Row = WireRobustnessTests.Row

    private static var firstMessages: [Row] {
        WireRobustnessTests.silence + WireRobustnessTests.tooMuch + WireRobustnessTests.malformed + WireRobustnessTests.outOfPlace
            + WireRobustnessTests.odd
    }

    /// All inputs at the same time on connections that stay open until the end; the second time the connections are reset.
    @Test(arguments: [false, true])
    func everyBadFirstMessageOverTCP(isReset: Bool) async throws {
        try await withWorkers { net in
            var attackers: [RawClient] = []
            for row in Self.firstMessages {
                let client = try await net.tonale.rawClient(to: "192.168.1.2")
                try? await client.send(row.bytes)
                attackers.append(client)
            }
            // Byte by byte, it is a lock like any other.
            let slow = LegacyClient(try await net.tonale.rawClient(to: "192.168.1.2"))
            #expect(try await slow.lockByteByByte("slow") == 0)
            for (row, client) in zip(Self.firstMessages, attackers) {
                if isReset {
                    client.reset()
                    continue
                }
                switch row.fate {
                // TCP answers bytes that come after a refusal with a reset.
                case .closed: #expect(try await client.receive() == nil, "\(row.name)")
                case .open: #expect(client.hearsNothing, "\(row.name)")
                case .turnedAway: #expect(try await client.bytesUntilEnd() == WireRobustnessTests.plainAlert, "\(row.name)")
                case .answered: #expect(try await client.receive() != nil, "\(row.name)")
                }
            }
        }
    }

    @Test func everyBadMessageOfHoldersAndWaitersOverTCP() async throws {
        try await withWorkers { net in
            for (number, row) in WireRobustnessTests.badMessages.enumerated() {
                let (holder, waiter) = (
                    try await net.tonale.rawClient(to: "192.168.1.2"), try await net.tonale.rawClient(to: "192.168.1.2")
                )
                try await holder.send(LegacyMessages.lock("H\(number)"))
                #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
                try await waiter.send(LegacyMessages.lock("H\(number)"))
                #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
                try await waiter.send(row.bytes)
                // "Unlock of another resource" and similar: the client may keep or lose its place, but must not get the lock.
                try await holder.send(row.bytes)
                #expect(try await holder.receive() == nil, "\(row.name)")
            }
            // Second requests on one connection, and the end of it.
            for _ in 0..<3 {
                let (holder, waiter) = (
                    try await net.tonale.rawClient(to: "192.168.1.2"), try await net.tonale.rawClient(to: "192.168.1.2")
                )
                try await holder.send(LegacyMessages.lock("twice"))
                #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
                for _ in 0..<3 {
                    try await waiter.send(LegacyMessages.lock("twice"))
                    #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
                }
                waiter.reset()
                holder.reset()
                try await eventually("the lock is free") {
                    try await net.presanella.flom("-a", "mojan", "-d", "0", "-r", "twice", "-o", "0", "--", "true").status == 0
                }
            }
        }
    }

    private static let datagrams: [[UInt8]] = [
        [], Array("garbage".utf8), Array("</msg>".utf8), (0..<2000).map { UInt8($0 & 0xff) },
        Array(LegacyDiscovery.query.replacing(#"level="3""#, with: #"level="4""#).utf8),
        Array(LegacyDiscovery.query.replacing(#"verb="4""#, with: #"verb="9""#).utf8),
        Array(LegacyDiscovery.query.replacing(#"step="8""#, with: #"step="16""#).utf8),
        Array(LegacyDiscovery.reply(address: "", port: 1).utf8), Array(LegacyDiscovery.query.utf8.prefix(40)),
        Array(LegacyDiscovery.query.replacing("</msg>", with: #"<x y="z"/></msg>"#).utf8),
        Array(LegacyDiscovery.query.replacing("</msg>", with: String(repeating: " ", count: 600) + "</msg>").utf8),
        Array(LegacyMessages.lock("R1").utf8), Array(LegacyMessages.unlock("R1").utf8),
        Array(LegacyMessages.shutdown(immediate: true).utf8), Array(LegacyMessages.shutdown(immediate: false).utf8),
        Array("<msg><msg><msg></msg>".utf8), Array("\u{feff}\(LegacyDiscovery.query)".utf8),
    ]

    /// Each datagram goes to the group and to the daemon itself; after each, the next query is answered.
    @Test func everyBadDatagram() async throws {
        try await withWorkers { net in
            let socket = try net.tonale.datagrams()
            for bytes in Self.datagrams {
                for address in [Self.group, "192.168.1.2"] { try socket.send(bytes, to: address) }
                let asker = try net.presanella.datagrams()
                try asker.send(Array(LegacyDiscovery.query.utf8), to: Self.group)
                let reply = try await asker.receive()
                #expect(
                    String(decoding: reply.bytes, as: UTF8.self) == LegacyDiscovery.reply(address: "192.168.1.2", port: 28015))
            }
            // None of them is answered.
            #expect(socket.next() == nil)
        }
    }

    /// Connections that end at once, in every state.
    @Test func resetsInEveryState() async throws {
        try await withWorkers { net in
            for number in 0..<60 {
                let client = try await net.tonale.rawClient(to: "192.168.1.2")
                switch number % 4 {
                case 0: break
                case 1: try await client.send("<msg lev")
                case 2: try await client.send(LegacyMessages.lock("reset"))
                default:
                    try await client.send(LegacyMessages.lock("reset"))
                    _ = try await client.receive()
                }
                client.reset()
            }
            try await eventually("the lock is free") {
                try await net.presanella.flom("-a", "mojan", "-d", "0", "-r", "reset", "-o", "0", "--", "true").status == 0
            }
        }
    }
}
