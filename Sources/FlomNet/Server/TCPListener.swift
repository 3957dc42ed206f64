package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// Listening TCP sockets, one per address, all on the same port.
package struct TCPListener: Sendable {
    /// The sockets, owned by the code that serves them.
    package let descriptors: [Int32]
    package let port: UInt16
    package let boundAddresses: [InternetAddress]

    /// Listens on the addresses that belong to this host: a name may have others too.
    ///
    /// - Parameters:
    ///   - name: the user's word for the addresses, for messages.
    ///   - inherited: the sockets of the previous daemon. Those bound to the addresses are used again, the others are closed.
    /// - Throws: `NetworkError` of kind `refused` if none belongs to this host or the port is taken.
    package init(
        addresses: [InternetAddress], name: String? = nil, inherited: InheritedListeners = .init()
    ) throws(NetworkError) {
        var own: [InternetAddress] = []
        for address in addresses where !own.contains(address) {
            if address.isWildcard || Interfaces.isAddressOfThisHost(address) { own.append(address) }
        }
        // `::` means everywhere, as in 1.7.2, and the IPv6 sockets accept IPv6 only.
        if let everywhere = own.first(where: { $0.isWildcard && $0.family == .ipv6 }) {
            let both = InternetAddress.wildcard(.ipv4, port: everywhere.port)
            if !own.contains(both) { own.append(both) }
        }
        guard !own.isEmpty else { throw Self.notOurs(addresses, name) }
        try self.init(own: own, inherited)
    }

    /// Listens on the wildcard address of a family, and so also on addresses that the host gets later.
    ///
    /// - Parameters:
    ///   - wildcardPort: the port; 0 for any that is free.
    ///   - orAnyPort: whether another port will do if this one is taken.
    ///   - inherited: the listening sockets of the previous daemon; those that fit are used again.
    package init(
        wildcardPort: UInt16, family: InternetAddress.Family, orAnyPort: Bool = false, inherited: InheritedListeners = .init()
    ) throws(NetworkError) {
        do {
            try self.init(own: [.wildcard(family, port: wildcardPort)], inherited)
        } catch {
            guard orAnyPort, wildcardPort != 0, !inherited.areGiven else { throw error }
            try self.init(own: [.wildcard(family, port: 0)], .init())
        }
    }

    private init(own addresses: [InternetAddress], _ inherited: InheritedListeners) throws(NetworkError) {
        var inherited = inherited
        let found = addresses.map { inherited.claim($0) }
        // Unclaimed sockets would keep the port taken.
        do { try inherited.finish(for: addresses.map { "\($0.text), port \($0.port)" }.joined(separator: ", ")) } catch {
            for descriptor in found.compactMap(\.self) { Glibc.close(descriptor) }
            throw error
        }
        var descriptors: [Int32] = []
        var bound: [InternetAddress] = []
        do {
            for (place, var address) in addresses.enumerated() {
                // The port that the first one got is used for all.
                if address.port == 0, let first = bound.first { address.port = first.port }
                let descriptor = if let inherited = found[place] { inherited } else { try Self.listen(on: address) }
                descriptors.append(descriptor)
                bound.append(InternetAddress.filled { getsockname(descriptor, $0, $1) } ?? address)
            }
        } catch {
            for descriptor in Set(descriptors + found.compactMap(\.self)) { Glibc.close(descriptor) }
            throw error
        }
        self.descriptors = descriptors
        port = bound[0].port
        boundAddresses = bound
        for (address, descriptor) in zip(bound, found) {
            Trace.step(.tcp, "listening on \(address)" + (descriptor == nil ? "" : ", as the daemon before"))
        }
    }

    /// Whether a daemon on this host can be reached at one of the addresses.
    package static func areOfThisHost(_ addresses: [InternetAddress]) -> Bool {
        addresses.contains { $0.isWildcard || Interfaces.isAddressOfThisHost($0) }
    }

    /// Uses the sockets of the previous daemon again, whatever the endpoint's name means now: its addresses may be gone, or no name server
    /// may answer.
    package init(continuing inherited: InheritedListeners) throws(NetworkError) {
        var inherited = inherited
        let found = inherited.takeAll()
        let bound = found.compactMap { descriptor in InternetAddress.filled { getsockname(descriptor, $0, $1) } }
        guard bound.count == found.count, let first = bound.first else {
            for descriptor in found { Glibc.close(descriptor) }
            throw NetworkError(.failed, "the daemon before has left no TCP socket")
        }
        descriptors = found
        port = first.port
        boundAddresses = bound
    }

    /// Closes the sockets, if they are not served after all.
    package func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
    }

    /// A further listening socket, owned by the caller.
    ///
    /// - Parameter option: with which the user chooses another port.
    package static func listen(
        on address: InternetAddress, option: StaticString = "--unicast-port"
    ) throws(NetworkError) -> Int32 {
        let descriptor = socket(address.family.number, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw refusal(address, SystemError("socket"), option) }
        // Connections of a daemon that has ended must not block the port for a minute. Each family has its own socket, so that
        // 0.0.0.0 and :: can be served side by side.
        guard SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEADDR, Int32(1)),
            address.family == .ipv4 || SocketOption.set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, Int32(1)),
            address.withAddress({ bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, UnixListener.backlog) == 0
        else {
            let error = SystemError("bind")
            Glibc.close(descriptor)
            throw refusal(address, error, option)
        }
        return descriptor
    }

    private static func refusal(_ address: InternetAddress, _ error: SystemError, _ option: StaticString) -> NetworkError {
        switch error.code {
        case EADDRINUSE:
            NetworkError(
                .refused,
                "port \(address.port) is in use on \(address.text): another program listens there; "
                    + "end it or choose another port with \(option)")
        case EACCES where address.port < 1024:
            NetworkError(
                .refused,
                "port \(address.port) cannot be opened on \(address.text): only root may use ports below 1024; "
                    + "choose another with \(option)")
        default:
            NetworkError(
                .refused, "port \(address.port) cannot be opened on \(address.text): \(error.reason); check the address")
        }
    }

    private static func notOurs(_ addresses: [InternetAddress], _ name: String?) -> NetworkError {
        let texts = addresses.map(\.text).joined(separator: ", ")
        let subject =
            switch name {
            case nil: texts
            case let name? where name == texts: texts
            case let name?: "'\(name)' (\(texts))"
            }
        let port = addresses.first.map { ", port \($0.port)" } ?? ""
        return NetworkError(
            .refused,
            "\(subject) is not an address of this host\(port): a daemon can be started only on the host that it is to serve from")
    }
}
