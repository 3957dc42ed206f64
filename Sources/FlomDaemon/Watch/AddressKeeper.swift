internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// Keeps a network daemon reachable at its address. Addresses come and go: with a new DHCP lease the host has another one, and
/// the endpoint's name follows. Used on the daemon's loop only.
///
/// No call waits: a name is looked up in one second, and the answer is read in a later one.
final class AddressKeeper {
    /// Opens one more listening socket.
    typealias Listen = (InternetAddress) throws(NetworkError) -> InternetAddress

    private let name: String
    private let endpoint: NetworkEndpoint
    private let port: UInt16
    private var addresses: BoundAddresses
    private let news = AddressNews()
    private var nextLook: Int64 = .min
    /// Whether the answer to the last look-up is outstanding.
    private var isAsking = false
    /// Addresses on which the daemon could not listen. That is logged once, and retried when something has changed.
    private var refused: Set<InternetAddress> = []

    private static let second: Int64 = 1_000_000_000
    /// The time between two looks while all is well. A name may change long after the address, without a change of addresses
    /// here.
    private static let calmInterval = 60 * second
    /// The time between two looks while an address is dead, or if the kernel reports no changes.
    private static let troubledInterval = 10 * second

    /// - Parameter bound: the addresses on which the daemon listens.
    /// - Returns: nil where nothing can change, because the daemon listens on all addresses.
    init?(_ endpoint: NetworkEndpoint, bound: [InternetAddress]) {
        guard let name = endpoint.address, let first = bound.first, !bound.allSatisfy(\.isWildcard) else { return nil }
        self.name = name
        self.endpoint = endpoint
        port = first.port
        addresses = BoundAddresses(bound)
    }

    /// The dead addresses, for reports.
    var dead: [String] { addresses.dead.map(\.text) }

    /// Checks addresses and name. Call it once a second.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of a monotonic clock.
    ///   - listen: listens on one more address.
    /// - Returns: the addresses at which the daemon can be reached from this host, if they have changed; empty where its own
    ///   address works again.
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
                "no interface that is up has the address \(address.text) any more, on which '\(name)' is served: no client can connect there",
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

    /// The addresses that the name stands for; empty if it is no name, or not looked up yet.
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
