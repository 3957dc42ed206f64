package import FlomSystem
internal import Glibc

/// Turns what a user writes into addresses.
package enum Resolver {
    /// All addresses of a host, each once, in the order in which to try them.
    ///
    /// Literals cost no lookup. Names are looked up in `/etc/hosts` and DNS, then by `getent`, which knows the system's other
    /// sources.
    ///
    /// - Parameters:
    ///   - interface: if given, only IPv6 counts, as in 1.7.2, and link-local addresses are those on that interface.
    ///   - deadline: the time by which the name has to be known, whatever the name servers do.
    /// - Throws: `refused` for an impossible name, `failed` for an unknown one, `timedOut`; always `isUnresolved`.
    package static func resolve(
        _ host: String, port: UInt16, interface: String? = nil, until deadline: Deadline
    ) throws(NetworkError) -> [InternetAddress] {
        do { return try find(host, port: port, interface: interface, until: deadline) } catch { throw error.unresolved }
    }

    private static func find(
        _ host: String, port: UInt16, interface: String?, until deadline: Deadline
    ) throws(NetworkError) -> [InternetAddress] {
        guard !host.isEmpty else { throw NetworkError(.refused, "the address is empty: give a host name or an address") }
        guard !host.utf8.contains(0) else { throw NetworkError(.refused, "the address contains a NUL byte") }
        let index: UInt32? = if let interface { try Interfaces.index(of: interface) } else { nil }
        if let literal = try literal(host, port) {
            return [try scoped(literal, interface, index)]
        }
        let found = try lookUp(host, port, index == nil ? AF_UNSPEC : AF_INET6, until: deadline)
        // Without an interface a link-local address leads nowhere; others of the same host may.
        var usable: [InternetAddress] = []
        var complaint: NetworkError?
        for address in found {
            do {
                let address = try scoped(address, interface, index)
                if !usable.contains(address) { usable.append(address) }
            } catch {
                complaint = error
            }
        }
        if usable.isEmpty, let complaint { throw complaint }
        return usable
    }

    /// The first address of a multicast group's name.
    ///
    /// - Throws: as `resolve`, and `refused` for an address that is not a group.
    package static func group(
        _ name: String, port: UInt16, interface: String? = nil, until deadline: Deadline
    ) throws(NetworkError) -> InternetAddress {
        let found = try resolve(name, port: port, interface: interface, until: deadline)
        guard let group = found.first(where: \.isMulticast) else { throw .noGroup(name) }
        return group
    }

    private static func literal(_ host: String, _ port: UInt16) throws(NetworkError) -> InternetAddress? {
        if let address = InternetAddress(text: host, port: port) { return address }
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let bare = InternetAddress(text: String(parts[0]), port: port) else { return nil }
        guard bare.takesScope else {
            throw NetworkError(.refused, "'\(host)': only a link-local IPv6 address takes an interface; write '\(bare.text)'")
        }
        _ = try Interfaces.index(of: String(parts[1]))
        return nil
    }

    private static func scoped(
        _ address: InternetAddress, _ interface: String?, _ index: UInt32?
    ) throws(NetworkError) -> InternetAddress {
        guard let interface, let index else {
            guard !address.isLinkLocal || address.scope > 0 else {
                throw NetworkError(
                    .refused,
                    "'\(address.text)' is a link-local address: say on which interface, as in '\(address.text)%eth0' "
                        + "or with --network-interface")
            }
            return address
        }
        guard address.family == .ipv6 else {
            throw NetworkError(
                .refused,
                "'\(address.text)' is an IPv4 address, but with network interface '\(interface)' only IPv6 is used: "
                    + "leave out --network-interface or give an IPv6 address")
        }
        guard address.scope == 0 || address.scope == index else {
            throw NetworkError(.refused, "'\(address.text)' does not belong to network interface '\(interface)'")
        }
        var scoped = address
        if address.takesScope { scoped.scope = index }
        return scoped
    }

    private static func lookUp(
        _ name: String, _ port: UInt16, _ family: Int32, until deadline: Deadline
    ) throws(NetworkError) -> [InternetAddress] {
        let kind = family == AF_INET6 ? "IPv6 address" : "address"
        let answer: NameLookup.Answer?
        do {
            answer = try NameLookup.answer(to: .init(name: name, family: family), until: deadline)
        } catch {
            throw NetworkError(.failed, "no \(kind) of host '\(name)' (port \(port)) can be looked up: \(error.reason)")
        }
        switch answer {
        case .found(let addresses)?:
            return addresses.map { address in
                var address = address
                address.port = port
                return address
            }
        case .unknown(let reason)?:
            throw NetworkError(
                .failed,
                "no \(kind) of host '\(name)' (port \(port)) can be found: \(reason); check the name, or give its address")
        case nil:
            throw NetworkError(
                .timedOut,
                "the name '\(name)' (port \(port)) could not be resolved in time: no answer\(NameServers.inWords); give the host's "
                    + "address, or mend the resolution of names")
        }
    }
}
