/// What identifies a process for good: pids are reused, the pair of pid and start time is not.
package struct ProcessIdentity: Hashable, Sendable {
    package let pid: Int32
    /// Field 22 of `/proc/PID/stat`, in clock ticks since boot; 0 when it could not be read.
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// The client of a request, as far as it is known. What the kernel vouches for and what the peer claims are kept apart.
package struct ClientIdentity: Hashable, Sendable {
    /// The client's process as this daemon's kernel sees it; nil for a peer on another host or in a hidden PID namespace.
    /// Only this may prove that a holder is gone.
    package var process: ProcessIdentity?
    /// The uid that the kernel reports for a UNIX socket; nil elsewhere.
    package var uid: UInt32?
    /// Whether the client is on the daemon's host: it uses a UNIX socket, or an address of this host with this boot id.
    package var isLocal = false
    /// Whether the client can resume its session: only peers that speak our extension of the protocol can.
    package var canResume = false

    /// The peer's address without the port; empty on a UNIX socket.
    package var address = ""
    /// The subject of the client's TLS certificate, in the form of RFC 4514. It is proven, unlike the claims below. Nil without TLS.
    package var tlsSubject: String?

    // Claimed by the client: shown and recorded, never trusted.
    package var user = ""
    package var host = ""
    package var machineID = ""
    package var bootID = ""
    package var claimedPID: Int32?

    package init() {}
}
