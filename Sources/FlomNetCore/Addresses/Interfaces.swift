internal import FlomSystem
internal import Glibc

/// A network interface that is up.
package struct NetworkInterface: Hashable, Sendable {
    /// The kernel's number of the interface. It changes when the interface is removed and made again.
    package let index: UInt32
    package let name: String
    package let isLoopback: Bool
    package let isMulticastCapable: Bool
    package internal(set) var addresses: [InternetAddress] = []

    package func has(_ address: InternetAddress) -> Bool {
        addresses.contains { $0.bytes == address.bytes && (address.scope == 0 || address.scope == index) }
    }

    /// Whether discovery uses the interface. The loopback interface does not announce multicast but is capable of it, and it is all that
    /// is left on a host without a network.
    package func carriesMulticast(_ family: InternetAddress.Family) -> Bool {
        (isMulticastCapable || isLoopback) && addresses.contains { $0.family == family }
    }
}

/// The present network interfaces of this host.
package enum Interfaces {
    /// The interfaces that are up, in the kernel's order; empty if the kernel does not tell.
    package static func up() -> [NetworkInterface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [NetworkInterface] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard has(entry, IFF_UP) else { continue }
            let name = String(cString: entry.ifa_name)
            let place = found.firstIndex { $0.name == name } ?? found.count
            if place == found.count {
                let index = if_nametoindex(name)
                guard index > 0 else { continue }  // gone since the list was made
                found.append(
                    NetworkInterface(
                        index: index, name: name, isLoopback: has(entry, IFF_LOOPBACK),
                        isMulticastCapable: has(entry, IFF_MULTICAST)))
            }
            if let address = entry.ifa_addr.flatMap({ InternetAddress($0) }) { found[place].addresses.append(address) }
        }
        return found
    }

    private static func has(_ entry: ifaddrs, _ flag: some BinaryInteger) -> Bool { entry.ifa_flags & UInt32(flag) != 0 }

    /// The index of an interface, up or not.
    ///
    /// - Throws: `refused`, naming the interfaces that exist.
    package static func index(of name: String) throws(NetworkError) -> UInt32 {
        let index = name.utf8.contains(0) ? 0 : if_nametoindex(name)
        guard index > 0 else {
            let others = names().joined(separator: ", ")
            throw NetworkError(.refused, "this host has no network interface '\(name)'; it has \(others)")
        }
        return index
    }

    private static func names() -> [String] {
        guard let list = if_nameindex() else { return [] }
        defer { if_freenameindex(list) }
        var names: [String] = []
        var next = list
        while next.pointee.if_index != 0 {
            names.append(String(cString: next.pointee.if_name))
            next += 1
        }
        return names
    }

    /// Whether a packet to the address stays on this host.
    package static func isAddressOfThisHost(_ address: InternetAddress) -> Bool {
        // All of 127.0.0.0/8 is this host, though only one of these addresses is configured.
        if address.isLoopback { return true }
        return up().contains { $0.has(address) }
    }
}
