internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// What flom itself says beside its command: lines that begin with "flom: ".
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

    /// False when the output takes no more, so that a report may stop. `finish` says why.
    @discardableResult
    static func print(_ line: String) -> Bool { write(line + "\n") }

    /// Writes whole lines. After a failed write nothing more is written: a report with a gap would look complete.
    @discardableResult
    static func write(_ lines: String) -> Bool {
        guard failure == 0 else { return false }
        if writeAll(Array(lines.utf8), to: 1, waits: true) { return true }
        failure = errno
        return false
    }

    /// The exit status of a report that would end with `status`. A failed write is reported, and changes the status.
    ///
    /// - Parameter lost: the status after a failed write; nil keeps `status`, where the output was beside the point.
    static func finish(_ status: Int32, lost: Int32? = ExitStatus.failure.rawValue) -> Int32 {
        // Some file systems report only on closing that there was no room for the last bytes.
        if failure == 0 && lost != nil && close(1) != 0 { failure = errno }
        guard failure != 0 else { return status }
        if failure == EPIPE {
            // The reader has seen enough, like `head`. SIGPIPE would say nothing, and may be ignored.
            guard let lost, status == 0 || lost == CheckLevel.unknown.rawValue else { return status }
            return lost == ExitStatus.failure.rawValue ? 128 + SIGPIPE : lost
        }
        StandardError.say("not all of the output could be written: \(SystemError("write", code: failure).reason)")
        return lost ?? status
    }

    /// Waits while the output has a reader, for at most `milliseconds`. False as soon as the reader has closed its end of the
    /// pipe.
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
