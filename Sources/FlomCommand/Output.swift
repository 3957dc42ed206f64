internal import FlomOptions
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
    /// errno of the first write that failed; 0 if none has. Only the main thread writes.
    nonisolated(unsafe) private static var failure: Int32 = 0

    /// False when it takes no more: a report may stop then. `finish` says why.
    @discardableResult
    static func print(_ line: String) -> Bool { write(line + "\n") }

    /// Lines with their ends. Nothing follows what is lost: a report that goes on behind a gap would look like a whole one.
    @discardableResult
    static func write(_ lines: String) -> Bool {
        guard failure == 0 else { return false }
        if writeAll(Array(lines.utf8), to: 1, waits: true) { return true }
        failure = errno
        return false
    }

    /// The status with which a report ends that would end with `status`: another one if not all of it has been written, which is said.
    ///
    /// - Parameter lost: the status then; nil: its own, because what was written was beside the point.
    static func finish(_ status: Int32, lost: Int32? = ExitStatus.failure.rawValue) -> Int32 {
        // Some file systems tell only when a file is closed that its last bytes found no place.
        if failure == 0 && lost != nil && close(1) != 0 { failure = errno }
        guard failure != 0 else { return status }
        if failure == EPIPE {
            // Whoever reads has seen enough, as `head` has. SIGPIPE, which somebody has had ignored, would end flom without a word.
            guard let lost, status == 0 || lost == CheckLevel.unknown.rawValue else { return status }
            return lost == ExitStatus.failure.rawValue ? 128 + SIGPIPE : lost
        }
        StandardError.say("not all of the output could be written: \(SystemError("write", code: failure).reason)")
        return lost ?? status
    }

    /// Waits, but not longer than somebody reads: a pipe whose other end is closed says so to whoever asks.
    static func isRead(for milliseconds: Int64) -> Bool {
        guard failure == 0 else { return false }
        let deadline = Deadline.after(milliseconds: milliseconds)
        while true {
            var output = pollfd(fd: 1, events: 0, revents: 0)
            let count = poll(&output, 1, deadline.pollMilliseconds)
            if count > 0 { return false }
            if deadline.hasPassed { return true }
        }
    }
}
