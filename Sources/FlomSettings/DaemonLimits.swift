internal import FlomEngine
internal import FlomModel

/// What a daemon lets its peers take, at most. Each has a default that no honest use meets; `docs/limits.md` says what they cost.
package struct DaemonLimits: Hashable, Sendable {
    /// Open at once; fewer where the process may not have so many descriptors (`available`).
    package var connections = 20_000
    /// Of one user on the socket, or one address. The daemon's own user and root have no such limit on the socket: they may end the
    /// daemon anyway.
    package var connectionsPerPeer = 1000
    /// New ones a second of one peer, as above; twice as many at once.
    package var connectionsPerSecond = 1000
    /// Messages that have begun and not ended, on all connections.
    package var halfMessages = 1000
    package var waitersPerResource = EngineLimits().waitersPerResource
    package var resources = EngineLimits().resources
    /// Questions about the history that wait for their answer, of all peers.
    package var historyPages = 64
    /// Bytes of answers that one peer has not read.
    package var unreadBytes = 256 * 1024
    /// TLS handshakes that have begun and not ended; fewer where the process may not have so many descriptors.
    package var handshakes = 512

    package init() {}

    /// Descriptors for everything but connections: journal, record, sockets, witnesses, reports, and connections that are about to
    /// be turned away with a word.
    static let reservedDescriptors = 128

    /// The connections that there are descriptors for.
    ///
    /// - Parameter inUse: descriptors that a daemon has open before anybody is served.
    package static func available(descriptors: Int, inUse: Int) -> Int {
        max(descriptors - reservedDescriptors, min(descriptors / 2, descriptors - inUse - spareDescriptors), 2)
    }

    /// At least so many are left for what comes and goes: a report, a look into `/proc`, a few who come at once.
    private static let spareDescriptors = 12

    /// The descriptors that a daemon with these limits may come to need.
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
