/// Who a daemon of ours is, for those who look for a fault: what it adds to the refusal of a probe.
package struct DaemonAbout: Hashable, Sendable {
    package let version: String
    package let journalID: String
    /// As the daemon's own PID namespace has it.
    package let pid: Int32
    /// When it began: microseconds since 1970 in UTC.
    package let since: Int64

    package init(version: String, journalID: String, pid: Int32, since: Int64) {
        (self.version, self.journalID, self.pid, self.since) = (version, journalID, pid, since)
    }

    /// `VERSION JOURNAL PID SINCE`.
    package var text: String { "\(version) \(journalID) \(pid) \(since)" }

    /// Nil unless the text is four words with blanks between them.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, let pid = Int32(words[2]), let since = Int64(words[3]), pid > 0, since >= 0 else { return nil }
        self.init(version: words[0], journalID: words[1], pid: pid, since: since)
    }
}
