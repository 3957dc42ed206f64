/// The identity of a daemon of flom, for troubleshooting: what it adds to the refusal of a probe.
package struct DaemonAbout: Hashable, Sendable {
    package let version: String
    package let journalID: String
    /// The daemon's pid in its own PID namespace.
    package let pid: Int32
    /// The start of the daemon: microseconds since 1970-01-01 UTC.
    package let since: Int64

    package init(version: String, journalID: String, pid: Int32, since: Int64) {
        (self.version, self.journalID, self.pid, self.since) = (version, journalID, pid, since)
    }

    /// The text on the wire: `VERSION JOURNAL PID SINCE`.
    package var text: String { "\(version) \(journalID) \(pid) \(since)" }

    /// Nil unless the text is four words separated by blanks.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, let pid = Int32(words[2]), let since = Int64(words[3]), pid > 0, since >= 0 else { return nil }
        self.init(version: words[0], journalID: words[1], pid: pid, since: since)
    }
}
