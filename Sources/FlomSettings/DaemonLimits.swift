internal import FlomEngine
internal import FlomModel

/// The limits on what a daemon lets its peers take. Each has a default that no honest use meets; `docs/limits.md` says what they
/// cost.
package struct DaemonLimits: Hashable, Sendable {
    /// Connections that are open at once; fewer where the process may not have so many descriptors (`available`).
    package var connections = 20_000
    /// Connections of one user on the socket, or of one address. The daemon's own user and root have no such limit on the socket:
    /// they may end the daemon anyway.
    package var connectionsPerPeer = 1000
    /// New connections of one such peer in a second; twice as many at once.
    package var connectionsPerSecond = 1000
    /// Messages that have begun and not ended, on all connections.
    package var halfMessages = 1000
    package var waitersPerResource = EngineLimits().waitersPerResource
    package var resources = EngineLimits().resources
    /// History queries of all peers that wait for their answer.
    package var historyPages = 64
    /// Bytes of answers that one peer has not read.
    package var unreadBytes = 256 * 1024
    /// TLS handshakes that have begun and not ended; fewer where the process may not have so many descriptors.
    package var handshakes = 512

    package init() {}

    /// The number of descriptors for everything but connections: journal, record, sockets, liveness pipes, reports, and
    /// connections that are about to be told that there is no room.
    static let reservedDescriptors = 128

    /// The number of connections that there are descriptors for.
    ///
    /// - Parameters:
    ///   - descriptors: the limit of the process.
    ///   - inUse: descriptors that a daemon has open before anybody is served.
    package static func available(descriptors: Int, inUse: Int) -> Int {
        max(descriptors - reservedDescriptors, min(descriptors / 2, descriptors - inUse - spareDescriptors), 2)
    }

    /// The least number that is left for what comes and goes: a report, a look into `/proc`, a few connections at once.
    private static let spareDescriptors = 12

    /// The number of descriptors that a daemon with these limits may come to need.
    package static func wanted(by limits: DaemonLimits) -> Int { max(65_536, limits.connections + reservedDescriptors) }

    // MARK: - In the endpoint record

    private static let fields: [any WritableKeyPath<DaemonLimits, Int> & Sendable] = [
        \.connections, \.connectionsPerPeer, \.connectionsPerSecond, \.halfMessages, \.waitersPerResource, \.resources,
        \.historyPages, \.unreadBytes, \.handshakes,
    ]

    package var recordText: String { Self.fields.map { "\(self[keyPath: $0])" }.joined(separator: ",") }

    package init?(recordText text: String) {
        let numbers = text.split(separator: ",").map { Int($0) }
        // A record of an earlier version has fewer.
        guard !numbers.isEmpty, numbers.count <= Self.fields.count else { return nil }
        for (field, number) in zip(Self.fields, numbers) {
            guard let number, number > 0 else { return nil }
            self[keyPath: field] = number
        }
    }
}
