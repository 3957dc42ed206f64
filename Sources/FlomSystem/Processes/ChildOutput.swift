internal import Glibc

/// The output of a helper program; nil unless it ends with status 0.
package enum ChildOutput {
    /// The usual time limit. A directory service that is down can keep `getent` for minutes; what is not known by then is
    /// unknown.
    package static let usualLimitMilliseconds: Int64 = 2000

    /// - Parameter deadline: when it has passed, the program is killed and its output is discarded.
    package static func of(
        _ words: [String], until deadline: Deadline = .after(milliseconds: usualLimitMilliseconds)
    ) -> [UInt8]? {
        guard let ends = try? Descriptor.pipe() else { return nil }
        defer { close(ends.read) }
        guard let pid = OwnChildren.start({ spawn(words, output: ends.write) }) else { return nil }
        let output = read(from: ends.read, until: deadline)
        if output == nil { kill(pid, SIGKILL) }
        return OwnChildren.awaitEnd(of: pid) == 0 ? output : nil
    }

    /// Starts the program and closes `output`.
    private static func spawn(_ words: [String], output: Int32) -> pid_t? {
        defer { close(output) }
        return Helper.start(words, output: output)
    }

    /// Nil if the program has not ended by the deadline.
    private static func read(from descriptor: Int32, until deadline: Deadline) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < sizeLimit {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, deadline.pollMilliseconds)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private static let sizeLimit = 64 * 1024
}
