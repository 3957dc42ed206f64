internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// The terminal as one page that is redrawn: the alternate screen without echo. The end restores the terminal.
struct Screen: ~Copyable {
    enum Event {
        /// Nothing happened within the time limit.
        case nothing
        /// The terminal's size has changed, or flom continues after a stop: redraw.
        case changed
        /// The user ends the display.
        case quit
        case signal(Int32)
    }

    private static let handled = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH]

    private let signals: Descriptor
    private let saved: termios
    private let hasKeyboard: Bool

    /// Nil if standard output is not a terminal.
    static func onTerminal() -> Screen? {
        guard isatty(1) == 1 else { return nil }
        var mask = [UInt8](repeating: 0, count: Int(flom_signal_mask_size()))
        let signals = flom_signalfd(handled, Int32(handled.count), &mask)
        return signals >= 0 ? Screen(signals: signals) : nil
    }

    private init(signals: Int32) {
        self.signals = Descriptor(owning: signals)
        var settings = termios()
        hasKeyboard = isatty(0) == 1 && tcgetattr(0, &settings) == 0
        saved = settings
        open()
    }

    deinit { close() }

    private func open() {
        if hasKeyboard {
            var quiet = saved
            quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(0, TCSADRAIN, &quiet)
        }
        // The alternate screen, without cursor.
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    private func close() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        if hasKeyboard {
            var old = saved
            tcsetattr(0, TCSADRAIN, &old)
        }
    }

    /// Draws lines without control characters. What does not fit is cut.
    func draw(_ lines: [String]) {
        let rows = Int(flom_terminal_rows(1))
        var shown = lines
        if rows > 1 && lines.count > rows {
            shown = lines.prefix(rows - 1) + ["… and \(lines.count - rows + 1) more lines"]
        }
        // Without wrapping, from the top; the rest of each line and everything below is cleared.
        write("\u{1B}[?7l\u{1B}[H" + shown.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J\u{1B}[?7h")
    }

    /// Waits for a key or a signal, at most the given time.
    func wait(milliseconds: Int32) -> Event {
        var waiting = [pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)]
        if hasKeyboard { waiting.append(pollfd(fd: 0, events: Int16(POLLIN), revents: 0)) }
        guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return .nothing }
        var found = flom_signal()
        if flom_read_signal(signals.number, &found) == 1 { return event(of: found.number) }
        guard hasKeyboard, waiting[1].revents != 0 else { return .nothing }
        var byte: UInt8 = 0
        guard read(0, &byte, 1) == 1 else { return .quit }
        return [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3].contains(byte) ? .quit : .nothing
    }

    private func event(of signal: Int32) -> Event {
        switch signal {
        case SIGWINCH: return .changed
        case SIGTSTP:
            // The user must find the terminal as it was after the stop.
            close()
            kill(getpid(), SIGSTOP)
            open()
            return .changed
        default: return .signal(signal)
        }
    }

    private func write(_ text: String) { StandardOutput.write(text) }
}
