internal import FlomReports
internal import FlomSystem
internal import Glibc

/// 1.7.2's tracing, as far as it exists here: `FLOM_TRACE_MASK` with the bit of a component prints its steps on stderr, one line
/// each, `YYYY-MM-DD HH:MM:SS.uuuuuu [pid/0xthread] text`. Off, it costs one look into the environment.
enum Trace {
    enum Component: UInt64 {
        /// Connecting and discovery.
        case client = 0x8
    }

    private static let mask: UInt64 = {
        guard let value = getenv("FLOM_TRACE_MASK") else { return 0 }
        // As 1.7.2: 0x…, 0… and decimal; what is none of them is 0.
        return UInt64(strtoull(value, nil, 0))
    }()

    static func isOn(_ component: Component) -> Bool { mask & component.rawValue != 0 }

    static func step(_ component: Component, _ text: @autoclosure () -> String) {
        guard isOn(component) else { return }
        let microseconds = Clock.wallMicroseconds()
        let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        let thread = String(UInt(pthread_self()), radix: 16)
        let line = "\(TimeText.local(microseconds)).\(fraction) [\(getpid())/0x\(thread)] \(text())\n"
        writeAll(Array(line.utf8), to: 2)
    }
}
