internal import CFlomSystem
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// The content of a configuration file that can be read only once: a pipe, as a shell's `-c <(…)` makes one.
///
/// A daemon reads its starter's command line anew, and so does its successor, but nothing is left where that line points. So each
/// daemon is handed what was read first, through a pipe of its own. The copy holds for as long as one daemon follows the other,
/// also at SIGHUP.
package enum ConfigurationCopy {
    /// The environment variable of the pipe, beside `DaemonOrder.variable`: a `PassedDescriptor`.
    package static let variable = "FLOM_CONFIGURATION"

    private static let kept = Mutex<[UInt8]?>(nil)

    /// The content; nil if the file can be read again, or there is none.
    package static var bytes: [UInt8]? { kept.withLock { $0 } }

    /// - Parameter bytes: the whole content.
    package static func keep(_ bytes: [UInt8]) { kept.withLock { $0 = bytes } }

    /// F_SETPIPE_SZ, which Swift's Glibc module lacks.
    private static let setSize: Int32 = 1031
    /// The longest content that a daemon takes over, in bytes.
    private static let longest = 1 << 20

    /// The read end of a pipe, close-on-exec, that holds what is kept; nil if nothing is.
    package static func makePipe() throws(DaemonError) -> Int32? {
        guard let bytes else { return nil }
        return try makePipe(holding: bytes)
    }

    /// - Throws: `DaemonError` if a pipe cannot hold so much.
    package static func makePipe(holding bytes: [UInt8]) throws(DaemonError) -> Int32 {
        let ends: (read: Int32, write: Int32)
        do { ends = try Descriptor.pipe() } catch { throw DaemonError("no pipe can be opened: \(error.reason)") }
        defer { close(ends.write) }
        // It must hold the whole content: the reader begins only after this process has gone on.
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

    /// Takes over what the starter has kept. The variable is removed, and believed only if it came with the order.
    ///
    /// - Parameter starter: the process that has given the order.
    package static func receive(from starter: Int32) {
        guard let given = PassedDescriptor.fromEnvironment(variable, kind: S_IFIFO), given.sender == starter else { return }
        if let bytes = Files.contents(of: given.descriptor, limit: longest) { keep(bytes) }
        close(given.descriptor)
    }
}
