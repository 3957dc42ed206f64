internal import CFlomSystem
package import Glibc

/// An open file descriptor that is closed at the end of its owner's life.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Gives the descriptor away. It is no longer closed here.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// Opens `path` with close-on-exec.
    package static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        let number = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw SystemError("open", path) }
        return Descriptor(owning: number)
    }

    /// Makes a pipe with both ends close-on-exec.
    package static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard flom_pipe_close_on_exec(&ends) == 0 else { throw SystemError("pipe2") }
        return (ends[0], ends[1])
    }

    package func status() throws(SystemError) -> stat {
        var found = stat()
        guard fstat(number, &found) == 0 else { throw SystemError("fstat") }
        return found
    }

    /// The kernel's present name of an open file; nil without `/proc`, and for a file that has lost its name.
    package static func name(of number: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
        guard count > 0, count < buffer.count, buffer[0] == UInt8(ascii: "/") else { return nil }
        let name = String(decoding: buffer[..<count], as: UTF8.self)
        return name.hasSuffix(" (deleted)") ? nil : name
    }

    /// Occupies closed descriptors among 0 to 2, so that no file opened later becomes a command's stdin or stdout. Reading and
    /// writing them fails as before, and the command finds them closed.
    package static func reserveStandardStreams() {
        for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
            _ = Glibc.open("/dev/null", (number == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
    }

    /// Moves a descriptor out of the range of small numbers that commands and scripts use. The old number is closed.
    package static func movedToOwnRange(_ number: Int32) -> Int32 {
        guard number >= 0, number < ownRangeStart else { return number }
        let moved = fcntl(number, F_DUPFD_CLOEXEC, ownRangeStart)
        guard moved >= 0 else { return number }
        close(number)
        return moved
    }

    /// The number of descriptors that this process has open; nil without `/proc`.
    package static var openCount: Int? {
        let names = Files.names(in: "/proc/self/fd")
        return names.isEmpty ? nil : names.count
    }

    /// Whether the kernel has `close_range`, which closes all descriptors from a number on at once.
    package static var hasCloseRange: Bool { flom_has_close_range() != 0 }

    /// Why this process can take no connection; nil if it can.
    package static func acceptFailure() -> SystemError? {
        let code = flom_accept_failure()
        return code == 0 ? nil : SystemError("accept", code: code)
    }

    /// The least number that flom uses for its own descriptors.
    package static let ownRangeStart: Int32 = 20
}

/// Writes all bytes, in as many calls as it takes. Returns false, with `errno`, when the descriptor takes no more (closed pipe,
/// full disk).
///
/// - Parameter waits: whether to wait for a slow reader if the descriptor has been made non-blocking.
@discardableResult
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, waits: Bool = false) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + sent, $0.count - sent) }
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN && waits {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&waiting, 1, -1)
            continue
        }
        guard count > 0 else { return false }
        sent += count
    }
    return true
}
