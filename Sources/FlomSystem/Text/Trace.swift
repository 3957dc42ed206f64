internal import Glibc

/// Tracing as in FLoM 1.7.2: a bit of `FLOM_TRACE_MASK` makes a component write its steps, one line each, in the form `YYYY-MM-DD
/// HH:MM:SS.uuuuuu [pid/0xthread] text`.
///
/// A client writes to stderr or to the file of `-T`, a daemon only to the file of `-t`. When tracing is off, a step costs one
/// test of a flag. No line contains a secret: session secrets and command lines are left out of messages, and words are shown in
/// the form in which they may be recorded.
package enum Trace {
    /// The bits of FLoM 1.7.2. The bits of the kinds show decisions about resources of that kind, as `locker` does for all.
    package enum Component: UInt64, Sendable {
        case main = 0x1
        case configuration = 0x2
        case execution = 0x4
        /// Connecting, discovery, lock and unlock requests.
        case client = 0x8
        case daemon = 0x10
        case connections = 0x20
        /// The result of parsing received bytes.
        case parser = 0x40
        /// Sent and received bytes.
        case messages = 0x80
        case locker = 0x100
        case names = 0x200
        case simple = 0x400
        case numeric = 0x800
        case set = 0x1000
        case hierarchical = 0x2000
        case sequence = 0x4000
        case timestamp = 0x8000
        /// Start and replacement of daemons.
        case administration = 0x40000
        /// Calls of the library.
        case library = 0x80000
        case debugFeatures = 0x100000
        case tls = 0x200000
        case tcp = 0x400000
    }

    /// Set before there is a second thread, and never changed afterwards.
    @usableFromInline nonisolated(unsafe) static var mask: UInt64 = 0
    nonisolated(unsafe) private static var descriptor: Int32 = 2
    /// The file that was opened last. Its number is kept: another thread may be about to write there.
    nonisolated(unsafe) private static var file: Int32?

    private static let longestText = 2000

    /// Reads the mask and traces to stderr. Daemons use `begin(file:appends:)`.
    package static func begin() { mask = requestedMask }

    /// Traces to a file from now on. If the mask is 0, no file is made.
    ///
    /// - Parameter appends: whether the file keeps its content.
    /// - Throws: `SystemError`; then nothing has changed.
    package static func begin(file: String, appends: Bool) throws(SystemError) {
        let requested = requestedMask
        guard requested != 0 else { return }
        let opened = try TraceFile.open(file, appends: appends)
        if let number = self.file {
            dup2(opened, number)
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            close(opened)
        } else {
            self.file = opened
        }
        descriptor = self.file!
        mask = requested
    }

    /// Traces to stderr again.
    package static func returnToStandardError() { descriptor = 2 }

    /// The mask as 1.7.2 reads it: 0x…, 0… (octal) or decimal; 0 for anything else.
    private static var requestedMask: UInt64 { getenv("FLOM_TRACE_MASK").map { UInt64(strtoull($0, nil, 0)) } ?? 0 }

    @inlinable package static func isOn(_ component: Component) -> Bool { mask & component.rawValue != 0 }

    /// Whether the locker or any kind of resource is traced.
    @inlinable package static var showsDecisions: Bool { mask & 0xFD00 != 0 }

    @inlinable package static func step(_ component: Component, _ text: @autoclosure () -> String) {
        if isOn(component) { write(text()) }
    }

    /// Traces a message, with its printable bytes and without secrets.
    @inlinable package static func message(_ what: @autoclosure () -> String, _ bytes: [UInt8]) {
        if isOn(.messages) { dump(what(), bytes) }
    }

    @usableFromInline static func dump(_ what: String, _ bytes: [UInt8]) {
        write("\(what): \(bytes.count) bytes: \(TraceText.printable(TraceText.withoutSecrets(bytes)))")
    }

    /// Writes each line in one call, so that several processes can share a file.
    @usableFromInline static func write(_ text: String) {
        let microseconds = Clock.wallMicroseconds()
        let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        let thread = String(UInt(pthread_self()), radix: 16)
        let shown = TraceText.printable(Array(text.utf8.prefix(longestText)))
        let line = "\(TraceText.localTime(microseconds / 1_000_000)).\(fraction) [\(getpid())/0x\(thread)] \(shown)\n"
        writeAll(Array(line.utf8), to: descriptor)
    }
}
