package import FlomNetCore

/// The identity of a peer: only what is vouched for, by the kernel, by a verified certificate, or by the way that packets take.
package struct AccessIdentity: Hashable, Sendable {
    /// Whether the peer came over the daemon's UNIX socket; otherwise it came over TCP.
    package var isOnSocket = false
    /// The user id of the process at the other end. Nil over TCP, unless the kernel's table of connections has been asked.
    package var uid: UInt32?
    /// The ids of its primary group and of its supplementary groups.
    package var gids: Set<UInt32> = []
    /// The subject of a certificate that has been verified.
    package var certificate: String?
    /// The address at the other end; nil on the socket.
    package var address: InternetAddress?
    /// The user id that the daemon runs as.
    package var daemonUID: UInt32

    package init(daemonUID: UInt32) { self.daemonUID = daemonUID }

    var isSameUser: Bool { uid == daemonUID }
    var isRoot: Bool { uid == 0 }
}
