internal import CFlomSystem
internal import FlomNet
package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

/// The client's part in starting a daemon: this same program, executed anew, with this same command line.
package enum DaemonStarter {
    /// Tells a process that it is to be the daemon: `STARTER-PID:READY-FD:RECORD-FD`, with `:after` behind it if the starter is the
    /// daemon before, whose end has to be waited for. What else that one offers is said by `HandOver.variable`: other versions of
    /// this program read this variable too.
    package static let variable = "FLOM_DAEMON"
    /// A daemon that has not said it is ready after this long has failed; recovery of 10 000 open grants takes less than 1 s.
    static let readyLimitMilliseconds: Int64 = 20_000

    /// It has nothing left to do but to exit.
    static let predecessorLimitMilliseconds: Int64 = 5000

    package enum Outcome: Sendable {
        /// It listens. The warning is a sentence for the user.
        case started(warning: String?)
        /// Somebody else is starting it, or it is there and has lost its socket for a moment, or another one serves the group.
        case inOtherHands
    }

    /// - Parameter line: the daemon's command line.
    /// - Parameter isNewCommand: false for a client whose daemon was lost: against the mark of an `-X` it starts none.
    /// - Throws: `DaemonError` with the daemon's own words.
    package static func start(
        for endpoint: Endpoint, line: [[UInt8]], isNewCommand: Bool = true
    ) throws(DaemonError) -> Outcome {
        guard let record = try RecordLock.openUnlessTaken(for: endpoint) else { return .inOtherHands }
        do {
            guard try FileLock.tryExclusive(record.number) else { return .inOtherHands }
        } catch {
            throw DaemonError("the endpoint record cannot be locked: \(error.reason)")
        }
        // Of a file that a tidy-up has removed since it was opened the lock says nothing.
        guard RecordLock.isNamed(record, endpoint) else { return .inOtherHands }
        if !isNewCommand && EndpointRecord.read(record.number)?.state == .shutDown { return .inOtherHands }
        return try DefaultSocket.excluding(endpoint) { () throws(DaemonError) in try start(on: record, line) }
    }

    private static func start(on record: borrowing Descriptor, _ line: [[UInt8]]) throws(DaemonError) -> Outcome {
        guard let ready = try? Descriptor.pipe() else { throw DaemonError("no pipe can be opened: \(SystemError("").reason)") }
        let readEnd = Descriptor(owning: ready.read)
        var words = line.map { word in strdup(word.map { CChar(bitPattern: $0) } + [0]) }
        defer { for word in words { free(word) } }
        words.append(nil)
        let result: Int32
        do { result = try execute(ownPath(), words, ready: ready.write, record: record.number) } catch {
            close(ready.write)
            throw error
        }
        close(ready.write)
        guard result == 0 else {
            throw DaemonError("no daemon process can be started: \(SystemError("fork", code: result).reason)")
        }
        return try hear(readEnd)
    }

    /// The daemon's part in its own replacement: the program that is on disk now is to go on with its record, and begins when
    /// this process has ended.
    static func startSuccessor(record: Int32) throws(DaemonError) -> Successor {
        guard let ready = try? Descriptor.pipe(), let handOver = try? HandOver.makeLine() else {
            throw DaemonError("no pipe can be opened: \(SystemError("").reason)")
        }
        let path = programOnDisk()
        // The command line that it reads again may hold relative paths.
        _ = chdir(startDirectory)
        let successor = Successor(line: handOver.daemon, words: ready.read)
        defer {
            _ = chdir("/")
            close(ready.write)
            close(handOver.successor)
        }
        let result: Int32
        do {
            result = try execute(
                path, CommandLine.unsafeArgv, ready: ready.write, record: record, handOver: handOver.successor)
        } catch {
            successor.close()
            throw error
        }
        guard result == 0 else {
            successor.close()
            throw DaemonError("no daemon process can be started: \(SystemError("fork", code: result).reason)")
        }
        return successor
    }

    /// What has the name of this process' file now.
    private static func programOnDisk() -> String {
        let deleted = " (deleted)"
        var path = readOwnPath()
        if path.hasSuffix(deleted) { path = String(path.dropLast(deleted.count)) }
        return access(path, X_OK) == 0 ? path : "/proc/self/exe"
    }

    /// Becomes the program that is on disk now, with the same command line, the same process id and nothing else open but the
    /// record with its lock, the sockets and stdio.
    ///
    /// - Returns: why that failed.
    static func executeInPlace(
        record: Int32, listeners: [InheritedListeners.Listener], service: ServiceManager?
    ) -> String {
        guard let line = try? HandOver.makeLine() else { return SystemError("").reason }
        let configuration: Int32?
        do { configuration = try ConfigurationCopy.makePipe() } catch { return error.sentence }
        // What is sent stays in the line, whose other end nobody needs any more.
        HandOver.send(listeners, on: line.daemon)
        close(line.daemon)
        flom_close_on_exec_from(3)
        for descriptor in [record, line.successor, configuration].compactMap(\.self) { _ = fcntl(descriptor, F_SETFD, 0) }
        let words =
            ["\(variable)=\(getpid()):\(Order.foreground):\(record):after", "\(HandOver.variable)=\(getpid()):\(line.successor)"]
            + (configuration.map { ["\(ConfigurationCopy.variable)=\(getpid()):\($0)"] } ?? []) + (service?.handOver() ?? [])
        let path = programOnDisk()
        _ = chdir(startDirectory)
        var added = words.map { strdup($0) }
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var entry = environ
        while let one = entry.pointee {
            environment.append(one)
            entry += 1
        }
        added.append(nil)
        environment += added
        execve(path, CommandLine.unsafeArgv, environment)
        return SystemError("").reason
    }

    /// Where this process was started.
    private static let startDirectory = Files.currentDirectory() ?? "/"
    static func rememberStartDirectory() { _ = startDirectory }

    /// Runs `source` where relative paths mean what they meant to this process' starter.
    static func inStartDirectory(_ source: SettingsSource) throws(DaemonError) -> DaemonSettings {
        _ = chdir(startDirectory)
        defer { _ = chdir("/") }
        return try source()
    }

    /// - Parameter handOver: for a successor, its end of the line to this process.
    private static func execute(
        _ path: String, _ words: UnsafePointer<UnsafeMutablePointer<CChar>?>, ready: Int32, record: Int32, handOver: Int32 = -1
    ) throws(DaemonError) -> Int32 {
        let configuration = try ConfigurationCopy.makePipe()
        defer { if let configuration { close(configuration) } }
        let ours = [Self.variable, HandOver.variable, ConfigurationCopy.variable]
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var variable = environ
        while let entry = variable.pointee {
            let isOurs = ours.contains { strncmp(entry, $0 + "=", $0.utf8.count + 1) == 0 }
            if !isOurs { environment.append(entry) }
            variable += 1
        }
        let isSuccessor = handOver >= 0
        var added = [strdup("\(Self.variable)=\(getpid()):3:4" + (isSuccessor ? ":after" : ""))]
        if isSuccessor { added.append(strdup("\(HandOver.variable)=\(getpid()):5")) }
        if configuration != nil { added.append(strdup("\(ConfigurationCopy.variable)=\(getpid()):\(isSuccessor ? 6 : 5)")) }
        defer { for entry in added { free(entry) } }
        environment += added + [nil]
        return flom_start_daemon(path, words, &environment, ready, record, handOver, configuration ?? -1)
    }

    /// The file that this process runs. `/proc/self/exe` itself would name the daemon `exe` in `ps`; it serves when the file has
    /// been replaced meanwhile.
    private static func ownPath() -> String {
        let path = readOwnPath()
        return path.isEmpty || path.hasSuffix(" (deleted)") ? "/proc/self/exe" : path
    }

    private static func readOwnPath() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        if count > 0 && count < buffer.count { return String(decoding: buffer[..<count], as: UTF8.self) }
        // Without /proc.
        return flom_executed_path().map { Files.absolute(String(cString: $0)) } ?? ""
    }

    /// Without a word: it was killed.
    package static let endedUnready = DaemonError("the daemon ended before it was ready")
    private static let readyWord = "ready\n"
    private static let yieldWord = "yield\n"

    private static func hear(_ pipe: borrowing Descriptor) throws(DaemonError) -> Outcome {
        let deadline = Deadline.after(milliseconds: readyLimitMilliseconds)
        var words: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1024)
        while true {
            var waiting = pollfd(fd: pipe.number, events: Int16(POLLIN), revents: 0)
            let count = poll(&waiting, 1, deadline.pollMilliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw DaemonError("the daemon was started, but has not become ready within \(readyLimitMilliseconds / 1000) s")
            }
            let read = Glibc.read(pipe.number, &chunk, chunk.count)
            if read < 0 && errno == EINTR { continue }
            if read <= 0 { break }
            words.append(contentsOf: chunk[..<read])
        }
        let sentence = String(decoding: words, as: UTF8.self)
        if sentence == yieldWord { return .inOtherHands }
        if sentence.hasPrefix(readyWord) {
            let warning = String(sentence.dropFirst(readyWord.count))
            return .started(warning: warning.isEmpty ? nil : warning)
        }
        throw sentence.isEmpty ? endedUnready : DaemonError(sentence)
    }

    // MARK: - In the foreground

    /// The order that a daemon gives to itself.
    ///
    /// - Throws: `DaemonError` if another one serves the endpoint, or its record cannot be used.
    package static func foregroundOrder(for endpoint: Endpoint) throws(DaemonError) -> Order {
        let patience = Deadline.after(milliseconds: foregroundPatienceMilliseconds)
        while true {
            let record = try RecordLock.open(for: endpoint)
            if (try? FileLock.tryExclusive(record.number)) == true, RecordLock.isNamed(record, endpoint) {
                // Others of this user see from now on that it is taken.
                try DefaultSocket.excluding(endpoint) {}
                return Order(ready: Order.foreground, record: record.release(), predecessor: nil, handOver: nil)
            }
            guard !patience.hasPassed else {
                let pid = EndpointRecord.read(record.number).map { " (process \($0.pid))" } ?? ""
                throw DaemonError(
                    "a daemon\(pid) serves '\(endpoint.name)' already; flom --restart replaces it, and flom -x ends it")
            }
            Clock.sleep(milliseconds: 10)
        }
    }

    /// For one that is just ending.
    private static let foregroundPatienceMilliseconds: Int64 = 500

    // MARK: - The daemon's side

    /// What a starter handed over.
    package struct Order: Sendable {
        let ready: Int32
        let record: Int32
        /// The daemon before, if it started this one; it has ended, or is about to.
        let predecessor: Int32?
        /// The line to it; nil if it is of a version that has none.
        let handOver: Int32?

        /// As `ready`, of a daemon that nobody waits for: it says what it has to say in its log.
        static let foreground: Int32 = -1
        /// Whether whoever started it hears its stderr, and nothing else.
        package var isForeground: Bool { ready == Self.foreground }

        /// Until the daemon before has let go of what it holds.
        func waitForPredecessor() {
            guard let predecessor else { return }
            let limit = Deadline.after(milliseconds: DaemonStarter.predecessorLimitMilliseconds)
            guard let watch = Processes.watchDescriptor(pid: predecessor, startTime: 0) else {
                // Without a pidfd.
                while Processes.liveness(pid: predecessor, startTime: 0) != .gone, !limit.hasPassed {
                    Clock.sleep(milliseconds: 5)
                }
                return
            }
            defer { close(watch) }
            var waiting = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, limit.pollMilliseconds)
        }

        /// Says that the daemon listens, and what its user should know all the same.
        func reportReady(warning: String?) { finish(readyWord + (warning ?? "")) }
        /// Says that another daemon serves the group.
        package func reportYield() { finish(yieldWord) }
        /// Says why it does not listen.
        package func reportFailure(_ sentence: String) { finish(sentence) }

        private func finish(_ words: String) {
            guard !isForeground else { return }
            writeAll(Array(words.utf8), to: ready)
            close(ready)
        }

        /// Whether a tidy-up has taken the record away since the starter has locked it. Then this process is nobody's daemon, and no
        /// command either.
        package var hasLostRecord: Bool {
            var passed = stat()
            return fstat(record, &passed) == 0 && passed.st_nlink == 0
        }

        /// Whether the order is about this endpoint: its record is what was passed on. A variable that somebody set by chance
        /// names other files.
        package func concerns(_ endpoint: Endpoint) -> Bool {
            var passed = stat()
            guard fstat(record, &passed) == 0, let named = Files.status(of: endpoint.recordPath, followLinks: false) else {
                return false
            }
            return named.st_ino == passed.st_ino && named.st_dev == passed.st_dev
        }
    }

    /// The order that this process was started with; nil if it is an ordinary command. The variable is removed at once, and
    /// believed only if its descriptors are what a starter passes.
    package static func order() -> Order? {
        guard let value = getenv(variable) else { return nil }
        let words = String(cString: value).split(separator: ":")
        unsetenv(variable)
        let handOver = HandOver.lineOfSuccessor()
        guard words.count == 3 || (words.count == 4 && words[3] == "after"), let ready = Int32(words[1]),
            let record = Int32(words[2])
        else { return nil }
        var pipe = stat()
        var file = stat()
        let isInPlace = ready == Order.foreground && Int32(words[0]) == getpid()
        guard isInPlace || (fstat(ready, &pipe) == 0 && pipe.st_mode & S_IFMT == S_IFIFO),
            fstat(record, &file) == 0, file.st_mode & S_IFMT == S_IFREG
        else { return nil }
        for descriptor in [ready, record] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        Int32(words[0]).map(ConfigurationCopy.take)
        DefaultSocket.recordOfOrder = record
        guard words.count == 4, let predecessor = Int32(words[0]) else {
            return Order(ready: ready, record: record, predecessor: nil, handOver: nil)
        }
        let line = handOver.flatMap { $0.daemon == predecessor ? $0.line : nil }
        return Order(ready: ready, record: record, predecessor: isInPlace ? nil : predecessor, handOver: line)
    }
}
