internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// A few lines on the terminal behind standard error that replace each other.
///
/// A terminal that takes nothing at the moment (^S), or whose foreground is somebody else's, is left alone.
final class InPlaceNotice {
    private var shownLines = 0
    /// Whether anything has ever been shown.
    private(set) var hasSpoken = false

    /// In the background a line in place would be written into what somebody else writes.
    var isInForeground: Bool { tcgetpgrp(2) == getpgrp() }

    /// Whether writing neither waits nor gets into anybody's way.
    var canSpeak: Bool { isInForeground && isWritable }

    func show(_ lines: [String]) {
        guard canSpeak else { return }
        hasSpoken = true
        // Each line is cut where the terminal ends, so that as many are there as were written.
        write(start + "\u{1B}[?7l" + lines.map { $0 + "\r\n" }.joined() + "\u{1B}[?7h")
        shownLines = lines.count
    }

    func clear() {
        guard shownLines > 0, canSpeak else { return }
        write(start)
        shownLines = 0
    }

    /// Back to where the notice begins; all behind it goes.
    private var start: String { (shownLines > 0 ? "\u{1B}[\(shownLines)A" : "") + "\r\u{1B}[J" }

    private var isWritable: Bool {
        var terminal = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        return poll(&terminal, 1, 0) == 1 && terminal.revents & Int16(POLLOUT) != 0
    }

    private func write(_ text: String) { writeAll(Array(text.utf8), to: 2) }
}
