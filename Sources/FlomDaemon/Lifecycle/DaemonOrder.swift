internal import FlomNet
package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

/// What a starter hands over to the process that is to be the daemon: the locked record, and a pipe for the daemon's first words.
package struct DaemonOrder: Sendable {
    /// The environment variable that makes a process the daemon. Its value is a `Variable`. Further offers of a predecessor are
    /// in `SocketHandoff.variable`, because other versions of this program read this variable too.
    package static let variable = "FLOM_DAEMON"

    /// The write end of the pipe to the starter; `foreground` if no process reads it.
    let ready: Int32
    /// The endpoint record, with the lock on it.
    let record: Int32
    /// The process id of the previous daemon, if that one started this process; it has ended, or is about to.
    let predecessor: Int32?
    /// The channel to the predecessor (`SocketHandoff`); nil if its version has none.
    let handoff: Int32?

    /// The value of `ready` for a daemon without a starter: its log has what it reports.
    private static let foreground: Int32 = -1
    /// Whether the daemon runs in the foreground, where its reports go to stderr alone.
    package var isForeground: Bool { ready == Self.foreground }

    /// The text of the environment variable: `STARTER-PID:READY-FD:RECORD-FD`, followed by `:after` if the starter is the
    /// previous daemon, whose end must be awaited.
    struct Variable: Equatable {
        var starter: Int32
        var ready: Int32
        var record: Int32
        var isSuccessor: Bool

        var text: String { "\(starter):\(ready):\(record)" + (isSuccessor ? ":after" : "") }
    }

    /// The longest wait for a predecessor's end, in milliseconds. It has only to exit.
    private static let predecessorLimitMilliseconds: Int64 = 5000
    /// How long a daemon in the foreground waits for one that is just ending.
    private static let foregroundPatienceMilliseconds: Int64 = 500

    // MARK: - Where an order comes from

    /// The order that this process was started with; nil if it is an ordinary command. The variable is removed at once. It is
    /// believed only if its descriptors are what a starter passes.
    package static func fromEnvironment() -> DaemonOrder? {
        guard let value = getenv(variable) else { return nil }
        let given = Variable(text: String(cString: value))
        unsetenv(variable)
        let handoff = SocketHandoff.channelFromEnvironment()
        guard let given else { return nil }
        var pipe = stat()
        var file = stat()
        let isInPlace = given.ready == foreground && given.starter == getpid()
        guard isInPlace || (fstat(given.ready, &pipe) == 0 && pipe.st_mode & S_IFMT == S_IFIFO),
            fstat(given.record, &file) == 0, file.st_mode & S_IFMT == S_IFREG
        else { return nil }
        for descriptor in [given.ready, given.record] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        ConfigurationCopy.receive(from: given.starter)
        DefaultSocket.recordOfOrder = given.record
        guard given.isSuccessor else {
            return DaemonOrder(ready: given.ready, record: given.record, predecessor: nil, handoff: nil)
        }
        let channel = handoff.flatMap { $0.daemon == given.starter ? $0.channel : nil }
        return DaemonOrder(
            ready: given.ready, record: given.record, predecessor: isInPlace ? nil : given.starter, handoff: channel)
    }

    /// The order that a daemon in the foreground gives to itself.
    ///
    /// - Throws: `DaemonError` if another daemon serves the endpoint, or its record cannot be used.
    package static func inForeground(for endpoint: Endpoint) throws(DaemonError) -> DaemonOrder {
        let patience = Deadline.after(milliseconds: foregroundPatienceMilliseconds)
        while true {
            let record = try RecordLock.open(for: endpoint)
            if (try? FileLock.tryExclusive(record.number)) == true, RecordLock.isNamed(record, endpoint) {
                // Other names of this user's default socket show from now on that it is taken.
                try DefaultSocket.excluding(endpoint) {}
                return DaemonOrder(ready: foreground, record: record.release(), predecessor: nil, handoff: nil)
            }
            guard !patience.hasPassed else {
                let pid = EndpointRecord.read(record.number).map { " (process \($0.pid))" } ?? ""
                throw DaemonError(
                    "a daemon\(pid) serves '\(endpoint.name)' already; flom --restart replaces it, and flom -x ends it")
            }
            Clock.sleep(milliseconds: 10)
        }
    }

    /// The variable of the order for the program that this process executes in its own place, in the foreground.
    static func variableInPlace(record: Int32) -> Variable {
        Variable(starter: getpid(), ready: foreground, record: record, isSuccessor: true)
    }

    // MARK: - Whether it holds

    /// Whether a tidy-up has removed the record since the starter locked it. This process is then neither a daemon nor a command.
    package var hasLostRecord: Bool {
        var passed = stat()
        return fstat(record, &passed) == 0 && passed.st_nlink == 0
    }

    /// Whether the order concerns this endpoint: whether the record that was passed on is the endpoint's. A variable that was set
    /// by accident names other files.
    package func concerns(_ endpoint: Endpoint) -> Bool {
        var passed = stat()
        guard fstat(record, &passed) == 0, let named = Files.status(of: endpoint.recordPath, followLinks: false) else {
            return false
        }
        return named.st_ino == passed.st_ino && named.st_dev == passed.st_dev
    }

    /// Waits until the previous daemon has let go of what it holds, for 5 s at most.
    func waitForPredecessor() {
        guard let predecessor else { return }
        let limit = Deadline.after(milliseconds: Self.predecessorLimitMilliseconds)
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

    // MARK: - The daemon's first words

    /// Reports that the daemon listens, with a warning for its user.
    func reportReady(warning: String?) { finish(.ready(warning: warning)) }
    /// Reports that another daemon serves the group.
    package func reportYield() { finish(.yields) }
    /// Reports why the daemon does not listen.
    package func reportFailure(_ sentence: String) { finish(.failed(sentence)) }

    private func finish(_ report: StartReport) {
        guard !isForeground else { return }
        writeAll(Array(report.text.utf8), to: ready)
        close(ready)
    }
}

extension DaemonOrder.Variable {
    /// - Returns: nil unless the text has the form that `text` writes.
    init?(text: String) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 3 || (words.count == 4 && words[3] == "after"), let starter = Int32(words[0]),
            let ready = Int32(words[1]), let record = Int32(words[2])
        else { return nil }
        self.init(starter: starter, ready: ready, record: record, isSuccessor: words.count == 4)
    }
}
