internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// Keeps a network daemon where its address leads, though addresses come and go: with a new lease of DHCP the host has another one, and
/// the endpoint's name follows. On the daemon's loop only.
///
/// Nothing here waits: a name is asked for in one second, and the answer is taken in a later one.
final class AddressKeeper {
    /// Opens one more listening socket.
    typealias Listen = (InternetAddress) throws(NetworkError) -> InternetAddress

    private let name: String
    private let endpoint: NetworkEndpoint
    private let port: UInt16
    private var addresses: BoundAddresses
    private let news = AddressNews()
    private var nextLook: Int64 = .min
    /// Nobody has said yet what the name means now.
    private var isAsking = false
    /// Where it could not listen: said once, and tried again when something has changed.
    private var refused: Set<InternetAddress> = []

    private static let second: Int64 = 1_000_000_000
    /// A name may follow long after the address; and its host's addresses need not change for that.
    private static let calmInterval = 60 * second
    /// While an address is dead, or if the kernel tells nothing.
    private static let troubledInterval = 10 * second

    /// - Parameter bound: nil is returned where nothing can change: all addresses are heard already.
    init?(_ endpoint: NetworkEndpoint, bound: [InternetAddress]) {
        guard let name = endpoint.address, let first = bound.first, !bound.allSatisfy(\.isWildcard) else { return nil }
        self.name = name
        self.endpoint = endpoint
        port = first.port
        addresses = BoundAddresses(bound)
    }

    /// For reports.
    var dead: [String] { addresses.dead.map(\.text) }

    /// Once a second.
    ///
    /// - Returns: where the daemon can be reached from this host now, if that has changed; empty where its own addresses lead again.
    func look(now: Int64, listen: Listen) -> [InternetAddress]? {
        let hasNews = news?.haveCome() ?? false
        if hasNews { refused = [] }
        guard hasNews || isAsking || now >= nextLook else { return nil }
        let meant = meant()
        let up = Interfaces.up()
        let change = addresses.look(meant: meant) { address in
            address.isLoopback || up.contains { $0.has(address) }
        }
        for address in change.died {
            Log.warning(
                "no interface that is up has the address \(address.text) any more, on which '\(name)' is served: nobody can connect there",
                id: LogID.deadAddress)
        }
        for address in change.revived {
            Log.notice("the address \(address.text) is there again, and '\(name)' is served on it", id: LogID.newAddress)
        }
        var hasChanged = !change.died.isEmpty || !change.revived.isEmpty
        for address in change.wanted where add(address, listen, "which '\(name)' means now") { hasChanged = true }
        if change.needsEntrance, add(entrance(), listen, "so that flom -x and --restart find it on this host") {
            hasChanged = true
        }
        nextLook = now + (addresses.dead.isEmpty && news != nil ? Self.calmInterval : Self.troubledInterval)
        guard hasChanged else { return nil }
        return addresses.dead.isEmpty ? [] : addresses.alive
    }

    /// Empty if it is no name, or not known yet.
    private func meant() -> [InternetAddress] {
        guard InternetAddress(text: name, port: 0) == nil else { return [] }
        do throws(NetworkError) {
            let found = try Resolver.resolve(name, port: port, interface: endpoint.interface, until: Deadline(at: 0))
            isAsking = false
            return found
        } catch {
            isAsking = error.kind == .timedOut
            return []
        }
    }

    private func entrance() -> InternetAddress {
        InternetAddress(text: addresses.bound[0].family == .ipv4 ? "127.0.0.1" : "::1", port: port)!
    }

    private func add(_ address: InternetAddress, _ listen: Listen, _ why: String) -> Bool {
        guard !refused.contains(address) else { return false }
        do throws(NetworkError) {
            let bound = try listen(address)
            addresses.add(bound)
            Log.notice("listens on \(bound) too, \(why)", id: LogID.newAddress)
            return true
        } catch {
            refused.insert(address)
            Log.warning("cannot listen on \(address), \(why): \(error.sentence)", id: LogID.deadAddress)
            return false
        }
    }
}
