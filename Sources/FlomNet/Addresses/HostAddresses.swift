/// What a name means that has several addresses.
///
/// One host may have one of each family, and several on its interfaces. Where several of one family are not all this host's, each may have a
/// daemon, and whoever asks for the name in another order would come to another one.
package enum HostAddresses {
    /// In the order in which everybody tries them: the families as they come, and the addresses of each by their numbers. Name servers turn
    /// their answers round.
    package static func canonical(_ addresses: [InternetAddress]) -> [InternetAddress] {
        families(of: addresses).flatMap { family in
            addresses.filter { $0.family == family }.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        }
    }

    /// Whether more than one of them could be another host.
    package static func areSeveral(_ addresses: [InternetAddress]) -> Bool {
        families(of: addresses).contains { family in
            let alike = addresses.filter { $0.family == family }
            return alike.count > 1 && !alike.allSatisfy { $0.isLoopback || Interfaces.isAddressOfThisHost($0) }
        }
    }

    /// Those of the same family that were tried before the one that answered.
    package static func passed(_ addresses: [InternetAddress], before reached: InternetAddress) -> [InternetAddress] {
        guard areSeveral(addresses) else { return [] }
        return Array(addresses.filter { $0.family == reached.family }.prefix { $0 != reached })
    }

    private static func families(of addresses: [InternetAddress]) -> [InternetAddress.Family] {
        addresses.reduce(into: []) { found, address in if !found.contains(address.family) { found.append(address.family) } }
    }
}
