internal import FlomCore
internal import FlomNet
package import FlomNetCore
internal import FlomSystem
internal import Synchronization

/// Where a program's locks are: an endpoint, with all that it takes to reach its daemon. Locks there use each other's connections.
package final class ProgramEndpoint: Sendable {
    package struct Way: Hashable, Sendable {
        package var endpoint: Endpoint
        /// Further addresses of the daemon, tried in their order after that of the endpoint.
        package var others: [NetworkEndpoint] = []
        /// Nil in plain text.
        package var tls: TLSSettings?
        package var keepalive = Keepalive()
        package var discoveryAttempts = 2
        /// Milliseconds.
        package var discoveryTimeout = 500
        package var discoveryTTL = 1
        /// What starts a daemon on this host where none is; nil if nothing does.
        package var program: DaemonProgram?

        package init(_ endpoint: Endpoint) { self.endpoint = endpoint }
    }

    package let way: Way
    /// As messages name it.
    package var name: String { way.endpoint.name }
    /// Tells this endpoint from others in the process.
    let number: UInt64

    private static let count = Atomic<UInt64>(0)
    /// More than a program has. One that goes on making endpoints begins anew, so that it keeps no more connections than these.
    private static let mostKnown = 64
    // Under the process lock.
    nonisolated(unsafe) private static var known: [Way: ProgramEndpoint] = [:]

    package init(_ way: Way) {
        self.way = way
        number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// The one object of this process for an endpoint, so that its connections are found again.
    package static func shared(for way: Way) -> ProgramEndpoint {
        ProcessLock.hold {
            if let endpoint = known[way] { return endpoint }
            if known.count >= mostKnown { known = [:] }
            let endpoint = ProgramEndpoint(way)
            known[way] = endpoint
            return endpoint
        }
    }

    /// Whether to reach a daemon can take longer than a system call or two.
    var mayTakeLong: Bool {
        if case .unix = way.endpoint { way.program != nil || way.tls != nil } else { true }
    }

    /// A connector for one lock.
    func connector(_ tls: TLSCredentials?, isImpatient: Bool) -> DaemonConnector {
        var search: GroupSearch?
        if case .network(let network) = way.endpoint, network.address == nil {
            search = GroupSearch(
                network, attempts: way.discoveryAttempts, timeoutMilliseconds: way.discoveryTimeout, ttl: way.discoveryTTL)
        }
        let host = ProgramDaemonHost(endpoint: way.endpoint, tls: way.tls, program: way.program)
        return DaemonConnector(
            to: way.endpoint, or: way.others, mayStart: way.program != nil, keepalive: way.keepalive, tls: tls, search: search,
            isImpatient: isImpatient, host: host
        ) { _ in }
    }
}
