internal import FlomNet
package import FlomNetCore

/// Which of the addresses that a daemon listens on lead to it, and what it should listen on besides. Decides only.
package struct BoundAddresses {
    package private(set) var bound: [InternetAddress]
    /// Those that no interface has any more. Their sockets stay: an address may come back.
    package private(set) var dead: [InternetAddress] = []

    package init(_ bound: [InternetAddress]) { self.bound = bound }

    package struct Change: Hashable, Sendable {
        package var died: [InternetAddress] = []
        package var revived: [InternetAddress] = []
        /// What the endpoint's name means now, and is this host's.
        package var wanted: [InternetAddress] = []
        /// Nobody can connect any more, not even from this host.
        package var needsEntrance = false
    }

    /// Where somebody on this host can connect.
    package var alive: [InternetAddress] { bound.filter { !dead.contains($0) } }

    /// - Parameters:
    ///   - meant: what the endpoint's name means now; empty if it is no name, or nobody knows.
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
