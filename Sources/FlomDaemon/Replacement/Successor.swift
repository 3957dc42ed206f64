internal import CFlomSystem
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The process that will follow this daemon, while this one still serves.
struct Successor {
    /// The daemon's end of the channel. It becomes readable when the successor has asked for the sockets or closed its end.
    let channel: Int32
    /// The read end of the pipe on which the successor says why it cannot follow.
    private let words: Int32

    /// Starts the program that is on disk now. It will go on with this daemon's record, and starts to serve when this process has
    /// ended.
    ///
    /// - Parameter record: the endpoint record, locked.
    static func start(record: Int32) throws(DaemonError) -> Successor {
        guard let ready = try? Descriptor.pipe(), let ends = try? SocketHandoff.makeChannel() else {
            throw DaemonError("no pipe can be opened: \(SystemError("").reason)")
        }
        let path = OwnProgram.pathOnDisk
        // The command line that it reads again may contain relative paths.
        _ = chdir(OwnProgram.startDirectory)
        let successor = Successor(channel: ends.daemon, words: ready.read)
        defer {
            _ = chdir("/")
            Glibc.close(ready.write)
            Glibc.close(ends.successor)
        }
        do {
            try OwnProgram.executeDaemon(
                path, CommandLine.unsafeArgv, ready: ready.write, record: record, handoff: ends.successor)
        } catch {
            successor.close()
            throw error
        }
        return successor
    }

    /// The reason why it has ended; nil if it has not. Call it when it has closed its end of the channel: a program that closes
    /// unknown descriptors is not waited for.
    func reasonOfEnd() -> String? {
        var waiting = pollfd(fd: words, events: Int16(POLLIN), revents: 0)
        // A successor that writes something is about to end.
        guard poll(&waiting, 1, Self.endMilliseconds) > 0, let said = Files.contents(of: words, limit: 4096) else { return nil }
        return said.isEmpty
            ? "the program that is on disk now ended before it could take over" : String(decoding: said, as: UTF8.self)
    }

    /// The longest time between the ends of two descriptors of an ending process, in milliseconds.
    private static let endMilliseconds: Int32 = 50

    func close() {
        Glibc.close(channel)
        Glibc.close(words)
    }

    // MARK: - In the place of this process

    /// Becomes the program that is on disk now, with the same command line and process id. Only the locked record, the sockets
    /// and stdio stay open.
    ///
    /// - Returns: the reason why that failed.
    static func executeInPlace(
        record: Int32, listeners: [InheritedListeners.Listener], service: ServiceManager?
    ) -> String {
        guard let ends = try? SocketHandoff.makeChannel() else { return SystemError("").reason }
        let configuration: Int32?
        do { configuration = try ConfigurationCopy.makePipe() } catch { return error.sentence }
        // What is sent stays in the channel, whose other end is no longer needed.
        SocketHandoff.send(listeners, on: ends.daemon)
        Glibc.close(ends.daemon)
        flom_close_on_exec_from(3)
        for descriptor in [record, ends.successor, configuration].compactMap(\.self) { _ = fcntl(descriptor, F_SETFD, 0) }
        var added = [
            "\(DaemonOrder.variable)=\(DaemonOrder.variableInPlace(record: record).text)",
            "\(SocketHandoff.variable)=\(PassedDescriptor(ends.successor).text)",
        ]
        if let configuration { added.append("\(ConfigurationCopy.variable)=\(PassedDescriptor(configuration).text)") }
        if let service { added += service.environmentForExecution() }
        let path = OwnProgram.pathOnDisk
        _ = chdir(OwnProgram.startDirectory)
        return OwnProgram.withEnvironment(adding: added) { environment in
            execve(path, CommandLine.unsafeArgv, environment)
            return SystemError("").reason
        }
    }
}
