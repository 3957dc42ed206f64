import FlomTestKit
import Foundation
import Testing

/// Many clients at once over TCP. Serialized, so that the tests do not delay each other.
@Suite(.serialized, .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkCrowdTests {
    private func stage() async throws -> HostNetwork {
        let net = try await HostNetwork()
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--", "true")
        guard started.status == 0 else {
            net.close()
            throw NeverHappened(description: "no daemon: \(started)")
        }
        return net
    }

    @Test func aThousandClientsConnectedAtOnce() async throws {
        let net = try await stage()
        defer { net.close() }
        let daemon = try #require(net.mojan.daemons.first)
        let hosts = net.hosts
        // All connect before the first one sends. There are 250 resources, so each has a holder and three waiters.
        let clients = try await withThrowingTaskGroup(of: (Int, RawClient).self) { group in
            for number in 0..<1000 { group.addTask { (number, try await hosts[number % 3].rawClient(to: "192.168.1.2")) } }
            return try await group.reduce(into: [Int: RawClient]()) { $0[$1.0] = $1.1 }
        }
        #expect(clients.count == 1000)
        let inOrder = (0..<1000).map { clients[$0]! }
        for (number, client) in inOrder.enumerated() { try await client.send(LegacyMessages.lock("R\(number % 250)")) }
        var holders = Set<Int>()
        for (number, client) in inOrder.enumerated() {
            let answer = try await client.receive()
            if answer == LegacyMessages.firstAnswer(0) {
                holders.insert(number)
            } else {
                #expect(answer == LegacyMessages.firstAnswer(1))
            }
        }
        #expect(Set(holders.map { $0 % 250 }) == Set(0..<250) && holders.count == 250)
        // The holders leave one after the other, until all clients have had their turn.
        var waiting = Set(0..<1000).subtracting(holders)
        for _ in 0..<4 {
            for number in holders { try await inOrder[number].send(LegacyMessages.unlock("R\(number % 250)")) }
            var granted = Set<Int>()
            try await eventually("each resource has its next holder") {
                for number in waiting.subtracting(granted) where !inOrder[number].hearsNothing {
                    let answer = try await inOrder[number].receive()
                    #expect(answer == LegacyMessages.laterAnswer(0))
                    granted.insert(number)
                }
                return granted.count == min(250, waiting.count)
            }
            waiting.subtract(granted)
            #expect(Set(granted.map { $0 % 250 }).count == granted.count)
            holders = granted
        }
        #expect(waiting.isEmpty && holders.isEmpty)
        #expect(net.mojan.daemons == [daemon])
    }

    /// Real commands, from three hosts in turn.
    @Test func sixtyFourInOneQueueKeepTheirOrder() async throws {
        let net = try await stage()
        defer { net.close() }
        let place = ["-a", "192.168.1.2", "-d", "0"]
        let holder = try await net.mojan.hold("R", place)
        let script = "mkdir inside || echo $0 >> overlaps; echo $0 >> order; rmdir inside"
        var waiters: [RunningProcess] = []
        for number in 1...64 {
            waiters.append(
                try await net.hosts[number % 3].queue(for: "R", place, at: net.mojan, ["sh", "-c", script, "\(number)"]))
        }
        try await holder.letGo()
        for waiter in waiters {
            let outcome = try await waiter.wait(within: .seconds(60))
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(Files.text(of: net.box.path("order")) == (1...64).map { "\($0)\n" }.joined())
        #expect(!Files.exists(net.box.path("overlaps")))
        try await eventually("the lock is free") { try await net.mojan.status(place).isEmpty }
    }
}
