internal import CFlomSystem
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// What a configuration file said that can be read only once: a pipe, as a shell's `-c <(…)` makes one.
///
/// A daemon reads its starter's command line anew, and a daemon that follows it does again, but nothing is left where it points. So they are
/// handed what was read first, through a pipe of their own; it holds for as long as one follows the other, also at SIGHUP.
package enum ConfigurationCopy {
    /// `PID-OF-THE-STARTER:FD`, beside `DaemonStarter.variable`.
    package static let variable = "FLOM_CONFIGURATION"

    private static let kept = Mutex<[UInt8]?>(nil)

    /// Nil if the file can be read again, or there is none.
    package static var bytes: [UInt8]? { kept.withLock { $0 } }

    /// - Parameter bytes: all of it.
    package static func keep(_ bytes: [UInt8]) { kept.withLock { $0 = bytes } }

    /// F_SETPIPE_SZ, which Swift's Glibc module lacks.
    private static let setSize: Int32 = 1031

    /// The end of a pipe, close-on-exec, out of which what is kept can be read; nil if nothing is.
    package static func makePipe() throws(DaemonError) -> Int32? {
        guard let bytes else { return nil }
        let ends: (read: Int32, write: Int32)
        do { ends = try Descriptor.pipe() } catch { throw DaemonError("no pipe can be opened: \(error.reason)") }
        defer { close(ends.write) }
        // It must hold all of it: nobody reads before this process has gone on.
        _ = fcntl(ends.write, setSize, Int32(max(bytes.count, 1)))
        _ = fcntl(ends.write, F_SETFL, O_NONBLOCK)
        guard writeAll(bytes, to: ends.write) else {
            close(ends.read)
            throw DaemonError(
                "the configuration of \(bytes.count) bytes cannot be handed on to a daemon: give it in a file that can be read again (-c)"
            )
        }
        return ends.read
    }

    /// The daemon's part. The variable is removed, and believed only if it came with the order.
    ///
    /// - Parameter starter: who has given the order.
    package static func take(from starter: Int32) {
        guard let value = getenv(variable) else { return }
        let words = String(cString: value).split(separator: ":")
        unsetenv(variable)
        var found = stat()
        guard words.count == 2, Int32(words[0]) == starter, let pipe = Int32(words[1]), fstat(pipe, &found) == 0,
            found.st_mode & S_IFMT == S_IFIFO
        else { return }
        if let bytes = Files.contents(of: pipe, limit: 1 << 20) { keep(bytes) }
        close(pipe)
    }
}
