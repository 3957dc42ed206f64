internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Takes log lines to their destination, or counts them as missing.
///
/// libc's `syslog` is not used because it waits for room: a stuck log daemon would delay every lock.
struct LogSink {
    private static let journalSocket = "/run/systemd/journal/socket"
    private static let syslogSocket = "/dev/log"

    private let destination: Log.Destination
    private let endpoint: String
    private let isReadByJournal: Bool
    /// The socket for datagrams; -1 until the first is sent.
    private var socket: Int32 = -1
    private var missing = 0

    init(_ destination: Log.Destination, endpoint: String) {
        self.destination = destination
        self.endpoint = LogLine(level: .debug, id: nil, sentence: endpoint).sentence
        isReadByJournal = Self.isJournal(descriptor: 2, named: getenv("JOURNAL_STREAM").map { String(cString: $0) })
    }

    /// Whether systemd's journal reads `descriptor`: `JOURNAL_STREAM` then has its `DEVICE:INODE`.
    static func isJournal(descriptor: Int32, named stream: String?) -> Bool {
        var found = stat()
        guard let stream, fstat(descriptor, &found) == 0 else { return false }
        return stream == "\(found.st_dev):\(found.st_ino)"
    }

    mutating func write(_ line: LogLine) {
        if missing > 0 {
            let count = missing
            let notice = LogLine(
                level: .warning, id: LogID.missing,
                sentence: "\(count) lines before this one could not be logged, because the log's reader took no more")
            missing = put(notice) ? 0 : count
        }
        if missing > 0 || !put(line) { missing += 1 }
    }

    /// - Returns: false if the destination may take the line later.
    private mutating func put(_ line: LogLine) -> Bool {
        switch destination {
        case .standardError:
            // A line fits into a pipe that has any room, so this does not block.
            var output = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
            guard poll(&output, 1, 0) > 0 else { return false }
            return writeAll(line.standardError(forJournal: isReadByJournal), to: 2)
        case .system:
            if socket < 0 {
                socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
                guard socket >= 0 else { return false }
            }
            let pid = getpid()
            switch send(line.journal(pid: pid, endpoint: endpoint), to: Self.journalSocket) {
            case 0: return true
            case EAGAIN, ENOBUFS: return false
            default: break
            }
            let second = Clock.wallMicroseconds() / 1_000_000
            return send(line.syslog(pid: pid, second: second), to: Self.syslogSocket) == 0
        }
    }

    /// Sends to the socket's path each time, because the log daemon may have been replaced.
    ///
    /// - Returns: 0, or errno.
    private func send(_ bytes: [UInt8], to path: String) -> Int32 {
        guard let address = try? UnixAddress(path: path) else { return EINVAL }
        let count = bytes.withUnsafeBytes { bytes in
            address.withAddress { sendto(socket, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), $0, $1) }
        }
        return count == bytes.count ? 0 : errno
    }
}
