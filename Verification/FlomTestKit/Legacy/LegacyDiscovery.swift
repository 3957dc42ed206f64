import Foundation

/// FLoM 1.7.2's search for a daemon, both parts of it.
package enum LegacyDiscovery {
    /// 78 bytes.
    package static let query = LegacyMessages.declaration + #"<msg level="3" verb="4" step="8"></msg>"#

    /// 113 bytes when the address is empty and the port has five digits.
    package static func reply(address: String, port: UInt16) -> String {
        LegacyMessages.declaration + #"<msg level="3" verb="4" step="16"><network address="\#(address)" port="\#(port)"/></msg>"#
    }

    private static let longestQuery = 512

    /// Checks that 1.7.2's daemon survives a datagram: an empty or wrong one costs it its socket or its life.
    static func check(query bytes: [UInt8]) throws {
        guard !bytes.isEmpty, bytes.count <= longestQuery else { throw Harm("a query of \(bytes.count) bytes") }
        let message = try LegacyMessage(bytes)
        guard message["msg", "verb"] == "4", message["msg", "step"] == "8" else { throw Harm("by UDP came no query") }
        for element in message.elements where element.name == "network" { throw Harm("a query with a network: \(element)") }
    }
}

/// The stand-in for a daemon in a multicast group.
package final class LegacyResponder: Sendable {
    private let socket: DatagramSocket

    package init(on host: NetworkHost, group: String, port: UInt16 = Ports.flom) throws {
        socket = try host.inside {
            let socket = try DatagramSocket(.ipv4, port: port)
            try socket.join(group)
            return socket
        }
    }

    /// Answers the next query byte for byte as 1.7.2 does.
    package func answer(address: String, port: UInt16) async throws {
        try await answer([LegacyDiscovery.reply(address: address, port: port)])
    }

    /// Answers the next query with these datagrams.
    package func answer(_ replies: [String]) async throws {
        let letter = try await socket.receive()
        try LegacyDiscovery.check(query: letter.bytes)
        for reply in replies { try socket.answer(letter, reply) }
    }

    /// Takes the next query without an answer, as if it had been lost.
    package func ignore() async throws { try LegacyDiscovery.check(query: try await socket.receive().bytes) }
}
