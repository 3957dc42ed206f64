internal import FlomSystem
internal import Glibc

/// When a silent connection is given up. The defaults are 1.7.2's; set on every TCP connection of both families.
package struct Keepalive: Hashable, Sendable {
    /// The kernel's range of idle time and interval. 1.7.2's daemon passes on any other value and crashes.
    package static let secondsRange: ClosedRange<Int64> = 1...32767
    package static let probesRange: ClosedRange<Int64> = 1...127

    /// In `secondsRange`.
    package var idleSeconds = 60
    /// In `secondsRange`.
    package var intervalSeconds = 10
    /// In `probesRange`.
    package var probes = 6

    package init() {}

    /// Sets the options of connections that a listening socket is to accept.
    package func apply(toListener socket: Int32) { _ = apply(to: socket) }

    /// Sets the options of a connection, or of a listening socket, from which each connection inherits them: then accepting costs no
    /// further calls, and none can fail because the peer is gone already.
    ///
    /// - Returns: false if a call failed, with errno.
    package func apply(to socket: Int32) -> Bool {
        SocketOption.set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPIDLE, Int32(idleSeconds))
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPINTVL, Int32(intervalSeconds))
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPCNT, Int32(probes))
            // Every message is one write, and the other end waits for it.
            && SocketOption.set(socket, IPPROTO_TCP, TCP_NODELAY, 1)
            && Self.limitSegments(of: socket)
    }

    /// The largest TCP segment, in both directions: packets of 576 bytes pass everywhere. On a path that silently loses large ones (a
    /// tunnel, and a firewall that drops ICMP) a long command line would never arrive, nor anything behind it, such as an unlock.
    private static let segmentBytes: Int32 = 536

    /// Limits the segments of a socket. Before the connection is made, so that the peer learns of the limit too, whatever program it is.
    private static func limitSegments(of socket: Int32) -> Bool {
        SocketOption.set(socket, IPPROTO_TCP, TCP_MAXSEG, segmentBytes)
    }
}

/// Makes the kernel notice in time that a peer's host is out of reach. For connections on which locks depend, where both ends speak the
/// extension; for the others 1.7.2's options hold.
package enum LossNotice {
    /// The TCP options: an idle time, then three probes, in whole seconds. Data that was sent and is not acknowledged counts from then on.
    package static func options(withinMilliseconds limit: Int64) -> [(name: CInt, value: CInt)] {
        let seconds = max(1, CInt(clamping: limit / 1000))
        let interval = max(1, seconds / 4)
        return [
            (CInt(TCP_KEEPIDLE), max(1, seconds - 3 * interval)), (CInt(TCP_KEEPINTVL), interval), (CInt(TCP_KEEPCNT), 3),
            (CInt(TCP_USER_TIMEOUT), CInt(clamping: max(1000, limit))),
        ]
    }
}

/// Calls `setsockopt`, whatever integer types the system's headers give its constants.
package enum SocketOption {
    package static func set<Value>(
        _ socket: Int32, _ level: some BinaryInteger, _ name: some BinaryInteger, _ value: Value
    ) -> Bool {
        withUnsafeBytes(of: value) { setsockopt(socket, Int32(level), Int32(name), $0.baseAddress!, socklen_t($0.count)) == 0 }
    }
}
