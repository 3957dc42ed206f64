internal import Glibc

/// 1.7.2's tracing: `FLOM_TRACE_MASK` with the bit of a component writes its steps down, one line each, in the form
/// `YYYY-MM-DD HH:MM:SS.uuuuuu [pid/0xthread] text`.
///
/// A client writes to stderr or to the file of `-T`, a daemon to the file of `-t` only. Off, a step costs one look at a flag. No
/// line carries a secret: session secrets and command lines are left out of messages, words are shown as they may be recorded.
package enum Trace {
    /// The bits of 1.7.2. Those of the kinds show what is decided on resources of that kind, as `locker` does for all.
    package enum Component: UInt64, Sendable {
        case main = 0x1
        case configuration = 0x2
        case execution = 0x4
        /// Connecting, discovery, asking and letting go.
        case client = 0x8
        case daemon = 0x10
        case connections = 0x20
        /// What was made of the bytes that came.
        case parser = 0x40
        /// The bytes that are sent and that come.
        case messages = 0x80
        case locker = 0x100
        case names = 0x200
        case simple = 0x400
        case numeric = 0x800
        case set = 0x1000
        case hierarchical = 0x2000
        case sequence = 0x4000
        case timestamp = 0x8000
        /// How a daemon is started, and replaced.
        case administration = 0x40000
        case debugFeatures = 0x100000
        case tls = 0x200000
        case tcp = 0x400000
    }

    /// Set before there is a second thread, and never after.
    @usableFromInline nonisolated(unsafe) static var mask: UInt64 = 0
    nonisolated(unsafe) private static var descriptor: Int32 = 2

    private static let longestText = 2000

    /// Reads the mask and traces to stderr. Not for daemons.
    package static func begin() { mask = requestedMask }

    /// Traces to a file from now on: if its mask asks for nothing, no file is made.
    ///
    /// - Parameter appends: whether what is in the file stays.
    /// - Throws: `SystemError`; then all stays as it was.
    package static func begin(file: String, appends: Bool) throws(SystemError) {
        let requested = requestedMask
        guard requested != 0 else { return }
        descriptor = try TraceFile.open(file, appends: appends)
        mask = requested
    }

    /// As 1.7.2: 0x…, 0… (octal) and decimal; what is none of them is 0.
    private static var requestedMask: UInt64 { getenv("FLOM_TRACE_MASK").map { UInt64(strtoull($0, nil, 0)) } ?? 0 }

    @inlinable package static func isOn(_ component: Component) -> Bool { mask & component.rawValue != 0 }

    /// Whether the locker or any kind of resource is traced.
    @inlinable package static var showsDecisions: Bool { mask & 0xFD00 != 0 }

    @inlinable package static func step(_ component: Component, _ text: @autoclosure () -> String) {
        if isOn(component) { write(text()) }
    }

    /// A message, in what can be printed of it, without what must not be seen.
    @inlinable package static func message(_ what: @autoclosure () -> String, _ bytes: [UInt8]) {
        if isOn(.messages) { dump(what(), bytes) }
    }

    @usableFromInline static func dump(_ what: String, _ bytes: [UInt8]) {
        write("\(what): \(bytes.count) bytes: \(TraceText.printable(TraceText.withoutSecrets(bytes)))")
    }

    /// One write a line, so that several processes can share a file.
    @usableFromInline static func write(_ text: String) {
        let microseconds = Clock.wallMicroseconds()
        let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        let thread = String(UInt(pthread_self()), radix: 16)
        let shown = TraceText.printable(Array(text.utf8.prefix(longestText)))
        let line = "\(TraceText.localTime(microseconds / 1_000_000)).\(fraction) [\(getpid())/0x\(thread)] \(shown)\n"
        writeAll(Array(line.utf8), to: descriptor)
    }
}
