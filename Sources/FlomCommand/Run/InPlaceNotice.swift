internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// A few lines on the terminal of standard error that replace each other.
///
/// Nothing is written to a terminal that takes no output (^S), or whose foreground job is not flom's.
final class InPlaceNotice {
    private var shownLines = 0
    /// Whether the notice has ever been shown.
    private(set) var hasSpoken = false

    /// Whether flom's job is in the foreground. From the background a notice would land in the output of the foreground job.
    var isInForeground: Bool { tcgetpgrp(2) == getpgrp() }

    /// Whether writing neither blocks nor disturbs another job.
    var canSpeak: Bool { isInForeground && isWritable }

    func show(_ lines: [String]) {
        guard canSpeak else { return }
        hasSpoken = true
        // Long lines are cut at the terminal's edge, so that the number of lines on the screen is known.
        write(start + "\u{1B}[?7l" + lines.map { $0 + "\r\n" }.joined() + "\u{1B}[?7h")
        shownLines = lines.count
    }

    func clear() {
        guard shownLines > 0, canSpeak else { return }
        write(start)
        shownLines = 0
    }

    /// Moves to the beginning of the notice and clears everything below.
    private var start: String { (shownLines > 0 ? "\u{1B}[\(shownLines)A" : "") + "\r\u{1B}[J" }

    private var isWritable: Bool {
        var terminal = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        return poll(&terminal, 1, 0) == 1 && terminal.revents & Int16(POLLOUT) != 0
    }

    private func write(_ text: String) { writeAll(Array(text.utf8), to: 2) }
}
