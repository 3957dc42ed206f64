internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The options with which UDP sockets take part in a multicast group, for both families. Functions return false if a call failed, with
/// errno.
enum MulticastSocket {
    /// A socket with close-on-exec that does not block. An IPv6 socket is for IPv6 only: the wildcard address would take the port of both.
    static func open(_ family: InternetAddress.Family) throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Descriptor.movedToOwnRange(socket(family.number, kind, 0))
        guard number >= 0 else { throw SystemError("socket") }
        let descriptor = Descriptor(owning: number)
        guard family == .ipv4 || SocketOption.set(number, IPPROTO_IPV6, IPV6_V6ONLY, Int32(1)) else {
            throw SystemError("setsockopt")
        }
        return descriptor
    }

    /// A socket to hear a group: bound to its port, which several sockets of a host may share, and not a member of a group yet.
    static func openMember(_ group: InternetAddress) throws(SystemError) -> Descriptor {
        let socket = try open(group.family)
        guard SocketOption.set(socket.number, SOL_SOCKET, SO_REUSEADDR, Int32(1)),
            hearOnlyOwnGroups(socket.number, group.family),
            InternetAddress.wildcard(group.family, port: group.port).withAddress({ bind(socket.number, $0, $1) }) == 0
        else { throw SystemError("bind") }
        return socket
    }

    /// A socket to send to a group, and to receive answers.
    static func openSender(_ family: InternetAddress.Family, hops: Int) throws(SystemError) -> Descriptor {
        let socket = try open(family)
        guard setReach(socket.number, family, hops: hops),
            InternetAddress.wildcard(family, port: 0).withAddress({ bind(socket.number, $0, $1) }) == 0
        else { throw SystemError("bind") }
        return socket
    }

    /// Sets how many links a datagram may cross, and that members on this host receive it too.
    static func setReach(_ socket: Int32, _ family: InternetAddress.Family, hops: Int) -> Bool {
        switch family {
        case .ipv4:
            SocketOption.set(socket, IPPROTO_IP, IP_MULTICAST_TTL, Int32(hops))
                && SocketOption.set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, Int32(1))
        case .ipv6:
            SocketOption.set(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Int32(hops))
                && SocketOption.set(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Int32(1))
        }
    }

    /// Sets the interface through which datagrams to a group leave.
    static func leave(_ socket: Int32, _ family: InternetAddress.Family, through interface: NetworkInterface) -> Bool {
        switch family {
        case .ipv4:
            // With the interface's own address: what leaves through the loopback interface would otherwise have another one.
            SocketOption.set(socket, IPPROTO_IP, IP_MULTICAST_IF, source(interface))
        case .ipv6:
            SocketOption.set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, Int32(bitPattern: interface.index))
        }
    }

    /// Restricts a socket to the groups that it has joined itself, on the interfaces where it has. Linux would otherwise deliver the
    /// datagrams of every group that a program on the host has joined.
    static func hearOnlyOwnGroups(_ socket: Int32, _ family: InternetAddress.Family) -> Bool {
        switch family {
        case .ipv4: SocketOption.set(socket, IPPROTO_IP, ipMulticastAll, Int32(0))
        case .ipv6: SocketOption.set(socket, IPPROTO_IPV6, ipv6MulticastAll, Int32(0))
        }
    }

    // From linux/in.h and linux/in6.h; not in every libc's headers.
    private static let ipMulticastAll: Int32 = 49
    private static let ipv6MulticastAll: Int32 = 29

    static func join(_ socket: Int32, _ group: InternetAddress, on interface: UInt32) -> Bool {
        switch group.family {
        case .ipv4: SocketOption.set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, request(group, interface))
        case .ipv6: SocketOption.set(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, request6(group, interface))
        }
    }

    /// Leaves a group on an interface, also on one that is gone: the number of a socket's memberships is limited.
    static func leaveGroup(_ socket: Int32, _ group: InternetAddress, on interface: UInt32) -> Bool {
        switch group.family {
        case .ipv4: SocketOption.set(socket, IPPROTO_IP, IP_DROP_MEMBERSHIP, request(group, interface))
        case .ipv6: SocketOption.set(socket, IPPROTO_IPV6, IPV6_LEAVE_GROUP, request6(group, interface))
        }
    }

    private static func source(_ interface: NetworkInterface) -> ip_mreqn {
        var request = ip_mreqn()
        request.imr_ifindex = Int32(bitPattern: interface.index)
        if let own = interface.addresses.first(where: { $0.family == .ipv4 }) {
            withUnsafeMutableBytes(of: &request.imr_address) { $0.copyBytes(from: own.bytes) }
        }
        return request
    }

    private static func request(_ group: InternetAddress, _ interface: UInt32) -> ip_mreqn {
        var request = ip_mreqn()
        withUnsafeMutableBytes(of: &request.imr_multiaddr) { $0.copyBytes(from: group.bytes) }
        request.imr_ifindex = Int32(bitPattern: interface)
        return request
    }

    private static func request6(_ group: InternetAddress, _ interface: UInt32) -> ipv6_mreq {
        var request = ipv6_mreq()
        withUnsafeMutableBytes(of: &request.ipv6mr_multiaddr) { $0.copyBytes(from: group.bytes) }
        request.ipv6mr_interface = interface
        return request
    }
}
