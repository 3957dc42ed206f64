package import FlomNetCore

/// Rules for a name that has several addresses.
///
/// One host may have an address of each family, and several on its interfaces. Several addresses of one family that are not all this
/// host's may have a daemon each, and a client that tries them in another order would reach another daemon.
package enum HostAddresses {
    /// The addresses in the order in which every client tries them: the families in the given order, the addresses of each by number.
    /// Name servers rotate their answers.
    package static func canonical(_ addresses: [InternetAddress]) -> [InternetAddress] {
        families(of: addresses).flatMap { family in
            addresses.filter { $0.family == family }.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        }
    }

    /// Whether the addresses could be of more than one host.
    package static func areSeveral(_ addresses: [InternetAddress]) -> Bool {
        families(of: addresses).contains { family in
            let alike = addresses.filter { $0.family == family }
            return alike.count > 1 && !alike.allSatisfy { $0.isLoopback || Interfaces.isAddressOfThisHost($0) }
        }
    }

    /// The addresses of the same family that were tried before the one that answered.
    package static func passed(_ addresses: [InternetAddress], before reached: InternetAddress) -> [InternetAddress] {
        guard areSeveral(addresses) else { return [] }
        return Array(addresses.filter { $0.family == reached.family }.prefix { $0 != reached })
    }

    private static func families(of addresses: [InternetAddress]) -> [InternetAddress.Family] {
        addresses.reduce(into: []) { found, address in if !found.contains(address.family) { found.append(address.family) } }
    }
}
