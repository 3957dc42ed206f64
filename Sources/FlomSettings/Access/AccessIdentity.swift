package import FlomNetCore

/// Who somebody is to a daemon: only what is vouched for, by the kernel, by a verified certificate, or by the way that packets take.
package struct AccessIdentity: Hashable, Sendable {
    /// Over the daemon's UNIX socket; otherwise over TCP.
    package var isOnSocket = false
    /// Of the process at the other end; nil over TCP, but where the kernel's table of connections has been asked.
    package var uid: UInt32?
    /// Its primary group and its others.
    package var gids: Set<UInt32> = []
    /// The subject of a certificate that has been verified.
    package var certificate: String?
    /// Over TCP.
    package var address: InternetAddress?
    /// Whose daemon it is.
    package var daemonUID: UInt32

    package init(daemonUID: UInt32) { self.daemonUID = daemonUID }

    var isSameUser: Bool { uid == daemonUID }
    var isRoot: Bool { uid == 0 }
}
