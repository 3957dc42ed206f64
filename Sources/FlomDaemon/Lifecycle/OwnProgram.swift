internal import CFlomSystem
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The program of this process, and how it is executed again: as a daemon, as a successor, or in place.
enum OwnProgram {
    /// The path of the program for a daemon that a client starts. `/proc/self/exe` would show the daemon as `exe` in `ps`; it
    /// serves where the file has been replaced meanwhile.
    static var path: String {
        let path = executedPath
        return path.isEmpty || path.hasSuffix(deleted) ? "/proc/self/exe" : path
    }

    /// The path of the program for a successor: the file that now has the name of this process' file.
    static var pathOnDisk: String {
        var path = executedPath
        if path.hasSuffix(deleted) { path = String(path.dropLast(deleted.count)) }
        return access(path, X_OK) == 0 ? path : "/proc/self/exe"
    }

    /// What the kernel appends to the path of a file that has lost its name.
    private static let deleted = " (deleted)"

    private static var executedPath: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        if count > 0 && count < buffer.count { return String(decoding: buffer[..<count], as: UTF8.self) }
        // Without /proc.
        return flom_executed_path().map { Files.absolute(String(cString: $0)) } ?? ""
    }

    // MARK: - The start directory

    /// The directory in which this process was started. A daemon leaves it for `/`, but its command line may hold relative paths.
    static let startDirectory = Files.currentDirectory() ?? "/"

    /// Call it before the process leaves its start directory.
    static func rememberStartDirectory() { _ = startDirectory }

    /// Runs `source` in the start directory, so that relative paths keep their meaning.
    static func inStartDirectory(_ source: SettingsSource) throws(DaemonError) -> (endpoint: Endpoint, settings: DaemonSettings) {
        _ = chdir(startDirectory)
        defer { _ = chdir("/") }
        return try source()
    }

    // MARK: - The environment

    /// Calls `body` with the environment for the program's next process, in the form that `execve` takes: this process'
    /// environment with `added`, and without the variables of an order that it may have received itself.
    ///
    /// - Parameter added: entries of the form `NAME=VALUE`.
    static func withEnvironment<Result>(
        adding added: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let ours = [DaemonOrder.variable, SocketHandoff.variable, ConfigurationCopy.variable]
        var entries: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let entry = next.pointee {
            let isOurs = ours.contains { strncmp(entry, $0 + "=", $0.utf8.count + 1) == 0 }
            if !isOurs { entries.append(entry) }
            next += 1
        }
        let copies = added.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        entries += copies + [nil]
        return body(&entries)
    }

    /// Executes the program at `path` as a daemon, beside this process.
    ///
    /// - Parameters:
    ///   - words: its command line, ended by nil.
    ///   - ready: the end of a pipe to which it says how its start went.
    ///   - record: the endpoint record, locked.
    ///   - handoff: a successor's end of the channel to this process (`SocketHandoff`); nil for a daemon without a predecessor.
    /// - Throws: `DaemonError` if no process can be started.
    static func executeDaemon(
        _ path: String, _ words: UnsafePointer<UnsafeMutablePointer<CChar>?>, ready: Int32, record: Int32, handoff: Int32? = nil
    ) throws(DaemonError) {
        let configuration = try ConfigurationCopy.makePipe()
        defer { if let configuration { close(configuration) } }
        // `flom_start_daemon` gives the descriptors these numbers.
        let order = DaemonOrder.Variable(starter: getpid(), ready: 3, record: 4, isSuccessor: handoff != nil)
        var added = ["\(DaemonOrder.variable)=\(order.text)"]
        var next: Int32 = 5
        if handoff != nil {
            added.append("\(SocketHandoff.variable)=\(PassedDescriptor(next).text)")
            next += 1
        }
        if configuration != nil { added.append("\(ConfigurationCopy.variable)=\(PassedDescriptor(next).text)") }
        let result = withEnvironment(adding: added) { environment in
            flom_start_daemon(path, words, environment, ready, record, handoff ?? -1, configuration ?? -1)
        }
        guard result == 0 else {
            throw DaemonError("no daemon process can be started: \(SystemError("fork", code: result).reason)")
        }
    }
}
