internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// One line of the log, in the forms of its destinations.
struct LogLine {
    let level: Log.Level
    let id: String?
    /// The sentence without control characters: a made-up name must not forge a second line.
    let sentence: String

    /// The longest sentence in bytes; both a datagram to syslog and a pipe take that much at once.
    private static let longestSentence = 2000

    init(level: Log.Level, id: String?, sentence: String) {
        self.level = level
        self.id = id
        var bytes = sentence.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
        if bytes.count > Self.longestSentence { bytes = bytes[..<(Self.longestSentence - 3)] + Array("...".utf8) }
        self.sentence = String(decoding: bytes, as: UTF8.self)
    }

    /// The line with its number, as 1.7.2 begins its lines.
    private var text: String { id.map { "\($0) \(sentence)" } ?? sentence }

    /// RFC 3164, as libc's `syslog` writes it to `/dev/log`: facility daemon, local time without a year, no host.
    ///
    /// - Parameter second: seconds since 1970-01-01 UTC.
    func syslog(pid: Int32, second: Int64) -> [UInt8] {
        let daemonFacility: Int32 = 3 << 3
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        var stamp = [CChar](repeating: 0, count: 32)
        // No locale is ever set, so the months are English.
        let length = strftime(&stamp, stamp.count, "%b %e %H:%M:%S", &parts)
        let when = String(decoding: stamp[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Array("<\(daemonFacility | level.priority)>\(when) flom[\(pid)]: \(text)".utf8)
    }

    /// The native protocol of systemd's journal: one field per line.
    func journal(pid: Int32, endpoint: String) -> [UInt8] {
        var fields = """
            MESSAGE=\(text)
            PRIORITY=\(level.priority)
            SYSLOG_IDENTIFIER=flom
            SYSLOG_FACILITY=3
            SYSLOG_PID=\(pid)
            FLOM_ENDPOINT=\(endpoint)

            """
        if let id { fields += "FLOM_MESSAGE_ID=\(id)\n" }
        return Array(fields.utf8)
    }

    /// - Parameter forJournal: whether systemd reads it, and takes `<5>` for the level.
    func standardError(forJournal: Bool) -> [UInt8] {
        Array((forJournal ? "<\(level.priority)>\(text)\n" : "flom: \(level.rawValue): \(text)\n").utf8)
    }
}
