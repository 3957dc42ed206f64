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
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The calling thread may block all signals.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ) == 0 ? pid : nil
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
