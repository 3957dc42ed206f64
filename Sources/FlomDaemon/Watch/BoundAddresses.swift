internal import FlomNet
package import FlomNetCore

/// Decides which of a daemon's addresses still lead to it, and on which others it should listen.
package struct BoundAddresses {
    package private(set) var bound: [InternetAddress]
    /// The addresses that no interface has any more. Their sockets stay, because an address may come back.
    package private(set) var dead: [InternetAddress] = []

    package init(_ bound: [InternetAddress]) { self.bound = bound }

    package struct Change: Hashable, Sendable {
        package var died: [InternetAddress] = []
        package var revived: [InternetAddress] = []
        /// The addresses of this host that the endpoint's name stands for now.
        package var wanted: [InternetAddress] = []
        /// Whether no client can connect any more, not even on this host.
        package var needsEntrance = false
    }

    /// The addresses at which a client on this host can connect.
    package var alive: [InternetAddress] { bound.filter { !dead.contains($0) } }

    /// - Parameters:
    ///   - meant: the addresses that the endpoint's name stands for now; empty if it is no name, or not looked up.
    ///   - isHere: whether an interface of this host that is up has the address.
    package mutating func look(meant: [InternetAddress], isHere: (InternetAddress) -> Bool) -> Change {
        var change = Change()
        for address in bound {
            let isDead = !address.isWildcard && !isHere(address)
            if isDead && !dead.contains(address) { change.died.append(address) }
            if !isDead && dead.contains(address) { change.revived.append(address) }
        }
        dead.removeAll { change.revived.contains($0) }
        dead += change.died
        for address in meant where !hears(address) && !change.wanted.contains(address) && isHere(address) {
            change.wanted.append(address)
        }
        change.needsEntrance = alive.isEmpty && change.wanted.isEmpty
        return change
    }

    private func hears(_ address: InternetAddress) -> Bool {
        bound.contains { $0 == address || ($0.isWildcard && $0.family == address.family) }
    }

    package mutating func add(_ address: InternetAddress) { bound.append(address) }
}
