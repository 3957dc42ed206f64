internal import FlomSystem
internal import Glibc

/// When a connection over which nothing is said is given up. 1.7.2's defaults; set on every TCP connection of both families.
package struct Keepalive: Hashable, Sendable {
    /// What the kernel takes for idle time and interval. 1.7.2's daemon passes on anything else and dies of it.
    package static let secondsRange = 1...32767
    package static let probesRange = 1...127

    package let idleSeconds: Int
    package let intervalSeconds: Int
    package let probes: Int

    package static let standard = Keepalive(known: 60, 10, 6)

    private init(known idleSeconds: Int, _ intervalSeconds: Int, _ probes: Int) {
        self.idleSeconds = idleSeconds
        self.intervalSeconds = intervalSeconds
        self.probes = probes
    }

    /// - Throws: `refused`, naming the value and its range.
    package init(idleSeconds: Int = 60, intervalSeconds: Int = 10, probes: Int = 6) throws(NetworkError) {
        try Self.check("idle time", idleSeconds, Self.secondsRange, " seconds")
        try Self.check("interval", intervalSeconds, Self.secondsRange, " seconds")
        try Self.check("number of probes", probes, Self.probesRange, "")
        self.init(known: idleSeconds, intervalSeconds, probes)
    }

    private static func check(
        _ what: String, _ value: Int, _ range: ClosedRange<Int>, _ unit: String
    ) throws(NetworkError) {
        guard range.contains(value) else {
            throw NetworkError(
                .refused,
                "the keepalive \(what) of \(value)\(unit) is impossible: the system takes \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }

    /// Of those whose connections are yet to come.
    package func apply(toListener socket: Int32) { _ = apply(to: socket) }

    /// On a connection; or on a listening socket, from which the kernel hands it down to each connection, so that accepting
    /// costs no further calls and none of them can fail because the peer has gone already. False with errno.
    func apply(to socket: Int32) -> Bool {
        SocketOption.set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPIDLE, Int32(idleSeconds))
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPINTVL, Int32(intervalSeconds))
            && SocketOption.set(socket, IPPROTO_TCP, TCP_KEEPCNT, Int32(probes))
            // Every message is one write and waited for.
            && SocketOption.set(socket, IPPROTO_TCP, TCP_NODELAY, 1)
            && Self.limitSegments(of: socket)
    }

    /// Of TCP, in both directions: packets of 576 bytes pass everywhere. On a path that loses large ones and does not say so (a tunnel, and
    /// a firewall that drops ICMP) a long command line would never arrive, and nothing behind it either: no unlock.
    private static let segmentBytes: Int32 = 536

    /// Before a connection is made: then the peer is told as well, whatever program it is.
    private static func limitSegments(of socket: Int32) -> Bool {
        SocketOption.set(socket, IPPROTO_TCP, TCP_MAXSEG, segmentBytes)
    }
}

/// How the kernel is told to find out in time that a peer's host is out of reach: between two of ours, on whose connections locks
/// depend. What 1.7.2's options say holds for the others.
enum LossNotice {
    /// Options of TCP: some idle time, then three probes, in whole seconds; what is sent and not acknowledged counts from then on.
    static func options(withinMilliseconds limit: Int64) -> [(name: CInt, value: CInt)] {
        let seconds = max(1, CInt(clamping: limit / 1000))
        let interval = max(1, seconds / 4)
        return [
            (CInt(TCP_KEEPIDLE), max(1, seconds - 3 * interval)), (CInt(TCP_KEEPINTVL), interval), (CInt(TCP_KEEPCNT), 3),
            (CInt(TCP_USER_TIMEOUT), CInt(clamping: max(1000, limit))),
        ]
    }
}

/// `setsockopt`, whatever integer types the system's headers gave its constants.
enum SocketOption {
    static func set<Value>(
        _ socket: Int32, _ level: some BinaryInteger, _ name: some BinaryInteger, _ value: Value
    ) -> Bool {
        withUnsafeBytes(of: value) { setsockopt(socket, Int32(level), Int32(name), $0.baseAddress!, socklen_t($0.count)) == 0 }
    }
}
