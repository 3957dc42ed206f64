internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import NIOCore

/// The sockets at which the daemon is reached: a UNIX socket, or TCP addresses and perhaps a multicast group that leads to them.
final class Listening {
    private let socket: SocketKeeper?
    private let tcp: TCPListener?
    private var keepalive: Keepalive
    private let network: NetworkEndpoint?
    /// Follows the endpoint's address; nil where no address can be lost.
    private var keeper: AddressKeeper?
    /// Listening descriptors that were opened later than those of `tcp`.
    private var more: [Int32] = []
    private var group: GroupService?
    /// Whether the previous daemon has left its sockets. Clients may be waiting in them, and this daemon serves the group.
    private let continues: Bool

    /// The longest look-up of a name by a starting daemon, in milliseconds. It leaves time for two dead name servers; the starter
    /// waits twice as long.
    static let namingMilliseconds: Int64 = 10_000

    /// A warning for the starter's user; nil if there is none.
    private(set) var warning: String?

    /// Binds and listens. No client is served yet.
    ///
    /// - Parameters:
    ///   - recordedPort: the port that the endpoint's last daemon was given by the system; 0 if there is none.
    ///   - inherited: the sockets of the daemon before, if it has made way for this one.
    init(at endpoint: Endpoint, _ settings: DaemonSettings, recordedPort: UInt16, inherited: InheritedListeners) throws {
        if let failure = Descriptor.acceptFailure() {
            throw DaemonError(
                "no connection can be taken: the kernel, or a sandbox (seccomp), forbids accept4 and accept (\(failure.reason)); let one "
                    + "of them through")
        }
        var inherited = inherited
        continues = !inherited.isEmpty
        keepalive = settings.keepalive
        switch endpoint {
        case .unix(let path, _):
            socket = try SocketKeeper(path: path, mode: settings.socketMode ?? endpoint.defaultSocketMode, inherited: &inherited)
            try inherited.finish(for: endpoint.name)
            tcp = nil
            network = nil
        case .network(let endpoint):
            socket = nil
            network = endpoint
            let addresses = try Self.addresses(of: endpoint, inherited)
            let listener = try Self.listen(endpoint, addresses, recordedPort, inherited)
            tcp = listener
            keeper = AddressKeeper(endpoint, bound: listener.boundAddresses)
            warning = unreachableName(endpoint) ?? sharedName(endpoint, addresses)
        }
    }

    /// The addresses that the endpoint's name stands for. Empty for a daemon that is found only by its group, and for one that
    /// inherits its sockets while the name is unknown.
    private static func addresses(
        of endpoint: NetworkEndpoint, _ inherited: InheritedListeners
    ) throws(NetworkError) -> [InternetAddress] {
        guard let address = endpoint.address else { return [] }
        do {
            return try Resolver.resolve(
                address, port: endpoint.port, interface: endpoint.interface, until: .after(milliseconds: namingMilliseconds))
        } catch {
            guard error.kind == .timedOut || error.kind == .failed, isHandedOver(inherited) else { throw error }
            return []
        }
    }

    /// Whether the sockets come from the previous daemon, and not from a service manager.
    private static func isHandedOver(_ inherited: InheritedListeners) -> Bool { !inherited.isEmpty && !inherited.areGiven }

    private static func listen(
        _ endpoint: NetworkEndpoint, _ addresses: [InternetAddress], _ recordedPort: UInt16, _ inherited: InheritedListeners
    ) throws(NetworkError) -> TCPListener {
        if let address = endpoint.address {
            // The previous daemon served anyway. So does this one, and looks the name up from time to time.
            if isHandedOver(inherited), !TCPListener.areOfThisHost(addresses) { return try TCPListener(continuing: inherited) }
            return try TCPListener(addresses: addresses, name: address, inherited: inherited)
        }
        let family = try GroupService.address(of: endpoint).family
        return try TCPListener(wildcardPort: recordedPort, family: family, orAnyPort: true, inherited: inherited)
    }

    /// The warning about a name that other hosts cannot reach: Debian gives a host's own name the address 127.0.1.1.
    private func unreachableName(_ endpoint: NetworkEndpoint) -> String? {
        guard let address = endpoint.address, let bound = tcp?.boundAddresses, bound.allSatisfy(\.isLoopback),
            InternetAddress(text: address, port: 0) == nil, address != "localhost" || endpoint.group != nil
        else { return nil }
        return
            "'\(address)' means \(bound.map(\.text).joined(separator: ", ")) on this host, so other hosts cannot reach the daemon; "
            + "use an address of a network interface"
    }

    /// The warning about a name that other hosts have too: each of them may start a daemon for it.
    private func sharedName(_ endpoint: NetworkEndpoint, _ all: [InternetAddress]) -> String? {
        guard let name = endpoint.address, let bound = tcp?.boundAddresses, HostAddresses.areSeveral(all) else { return nil }
        let own = Set(bound.map(\.text))
        let others = all.map(\.text).filter { !own.contains($0) }.joined(separator: " and ")
        guard !others.isEmpty else { return nil }
        return
            "'\(name)' also means \(others), where another daemon may be started that does not know of the locks here; use one "
            + "address, or a group (-A)"
    }

    /// The TCP port; 0 for a UNIX socket.
    var port: UInt16 { tcp?.port ?? 0 }

    /// Applies to later connections.
    func apply(_ keepalive: Keepalive) {
        self.keepalive = keepalive
        for descriptor in (tcp?.descriptors ?? []) + more { keepalive.apply(toListener: descriptor) }
    }

    /// Starts to serve. With a group, first finds out whether another daemon serves it.
    ///
    /// - Parameters:
    ///   - neverYields: whether it serves also if another daemon does.
    ///   - onQuery: called on the loop with the source of each discovery query that is answered.
    ///   - whenReady: called on the loop.
    func serve(
        by server: Server, on loop: any EventLoop, note: DiscoveryNote?, settings: DaemonSettings, neverYields: Bool,
        onQuery: @escaping (InternetAddress) -> Void, whenReady: @escaping (Readiness) -> Void
    ) {
        guard let network, network.group != nil else { return accept(by: server, on: loop, whenReady) }
        let announced = network.address ?? ""
        do {
            let service = try GroupService(
                on: loop, endpoint: network, settings: settings, answer: .init(address: announced, port: port, note: note),
                onQuery: onQuery)
            group = service
            service.start(neverYields: neverYields || continues) { [self] readiness in
                guard case .ready = readiness else { return whenReady(readiness) }
                accept(by: server, on: loop, whenReady)
            }
        } catch {
            whenReady(.failed(error.sentence))
        }
    }

    /// The sockets for the next daemon, so that no client is refused in between.
    var inheritance: [InheritedListeners.Listener] {
        socket.map { [$0.inheritance] } ?? ((tcp?.descriptors ?? []) + more).map { .init(descriptor: $0, inode: 0) }
    }

    private func accept(by server: Server, on loop: any EventLoop, _ whenReady: @escaping (Readiness) -> Void) {
        let report = NIOLoopBound(whenReady, eventLoop: loop)
        let descriptors = socket.map { [$0.descriptor] } ?? tcp?.descriptors ?? []
        let waiting = NIOLoopBoundBox(descriptors.count, eventLoop: loop)
        for descriptor in descriptors {
            server.serve(listening: descriptor, keepalive: tcp == nil ? nil : keepalive) { error in
                if let error { return report.value(.failed("connections cannot be accepted: \(error)")) }
                waiting.value -= 1
                if waiting.value == 0 { report.value(.ready) }
            }
        }
    }

    /// Calls `whenSenior` when the group has another daemon with an older journal, which takes precedence.
    func watchGroup(whenSenior: @escaping (String) -> Void) { group?.watch(whenSenior: whenSenior) }

    /// The addresses at which clients can no longer connect.
    var deadAddresses: [String] { keeper?.dead ?? [] }

    /// Follows the endpoint's address. Call it once a second.
    ///
    /// - Returns: as `AddressKeeper.look`.
    func follow(by server: Server, now: Int64) -> [InternetAddress]? {
        guard let keeper else { return nil }
        return keeper.look(now: now) { address throws(NetworkError) in
            let descriptor = try TCPListener.listen(on: address)
            more.append(descriptor)
            server.serve(listening: descriptor, keepalive: keepalive) { _ in }
            return address
        }
    }

    /// Restores what a tidy-up removed. Call it once a second.
    func repair(by server: Server) {
        guard let descriptor = socket?.repair() else { return }
        server.stopListening()
        server.serve(listening: descriptor) { _ in }
    }

    /// The files that `repair` looks after.
    var names: [String] { socket?.names ?? [] }

    /// Removes the entrance for new clients. Connections stay.
    func removeName() {
        socket?.removeName()
        leaveGroup()
    }

    /// Removes the lock file of a UNIX socket, while it is locked.
    func removeLock() { socket?.removeLock() }

    /// Stops answering discovery queries.
    func leaveGroup() { group?.stop() }
}

/// The outcome of a daemon's start.
enum Readiness: Sendable {
    case ready
    /// Another daemon serves the group, or takes precedence.
    case yields
    /// The reason why no client can be served, in a sentence.
    case failed(String)
}
