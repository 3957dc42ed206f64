/// A process as nothing but itself: pids are reused, the pair of pid and start time is not.
package struct ProcessIdentity: Hashable, Sendable {
    package let pid: Int32
    /// Field 22 of `/proc/PID/stat`, in clock ticks since boot; 0 when it could not be read.
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// Who asks, as far as it is known. What the kernel vouches for and what the peer says of itself are kept apart.
package struct ClientIdentity: Hashable, Sendable {
    /// The client's process as this daemon's kernel sees it; nil for a peer on another host or in a hidden PID namespace.
    /// Only this may prove that a holder is gone.
    package var process: ProcessIdentity?
    /// The kernel's word on a UNIX socket; nil elsewhere.
    package var uid: UInt32?
    /// Decided by the daemon when it accepts: a UNIX socket, or an address of this host with this boot id.
    package var isLocal = false
    /// Only a peer that speaks our extension of the protocol can come back to its session.
    package var canResume = false

    /// The other end of a TCP connection, without the port; empty on a UNIX socket.
    package var address = ""
    /// The subject of the certificate that the client has shown over TLS, in the form of RFC 4514: proven, whatever it claims. Nil
    /// without TLS.
    package var tlsSubject: String?

    // As claimed; shown and recorded, never trusted.
    package var user = ""
    package var host = ""
    package var machineID = ""
    package var bootID = ""
    package var claimedPID: Int32?

    package init() {}
}
