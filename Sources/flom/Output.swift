internal import FlomReports
internal import FlomSystem
internal import Glibc

/// What flom itself says beside its command: one line each, with its name before it.
enum StandardError {
    static func say(_ sentence: String) { writeAll(Array("flom: \(SafeText.shown(sentence))\n".utf8), to: 2) }

    static func say(_ failure: Failure) {
        say(failure.code.map { "\(failure.sentence) [\($0)]" } ?? failure.sentence)
        if let line = failure.lineOfOldVersion { writeAll(Array((line + "\n").utf8), to: 2) }
    }
}

enum StandardOutput {
    /// False when nobody reads any more: a report may stop then.
    @discardableResult
    static func print(_ line: String) -> Bool { write(line + "\n") }

    /// Lines with their ends.
    @discardableResult
    static func write(_ lines: String) -> Bool { writeAll(Array(lines.utf8), to: 1) }

    /// Waits, but not longer than somebody reads: a pipe whose other end is closed says so to whoever asks.
    static func isRead(for milliseconds: Int64) -> Bool {
        let deadline = Deadline.after(milliseconds: milliseconds)
        while true {
            var output = pollfd(fd: 1, events: 0, revents: 0)
            let count = poll(&output, 1, deadline.pollMilliseconds)
            if count > 0 { return false }
            if deadline.hasPassed { return true }
        }
    }
}
