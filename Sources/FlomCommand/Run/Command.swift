internal import CFlomSystem
internal import FlomClient
internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// The command that runs under the lock: a child with flom's own stdio, directory, terminal and signal settings.
struct Command: ~Copyable {
    let process: ProcessIdentity
    private var signals: CommandSignals

    /// Starts the command.
    ///
    /// - Parameters:
    ///   - words: the command's words, as bytes.
    ///   - environment: the lock's variables, which replace those of an outer flom; nil leaves the environment as it is.
    ///   - ignored: signals that flom ignores while the command runs.
    /// - Throws: `Failure` 97 with the system's reason.
    static func start(words: [[UInt8]], environment: [String]?, ignoring ignored: SignalSet = SignalSet()) throws(Failure)
        -> Command
    {
        let signals = try CommandSignals(ignoring: ignored)
        let variables = variables(adding: environment)
        let arguments = Pointers.allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() { arguments[index] = copy(word) }
        arguments[words.count] = nil
        // These allocations live as long as the command runs, so nothing is freed.
        var pid: pid_t = 0
        let result = flom_spawn(&pid, arguments[0], arguments, variables, signals.commandMask)
        guard result == 0 else {
            let sentence = ExecutionFailure(words[0], result).sentence
            Trace.step(.execution, "\(sentence) (errno \(result))")
            throw Failure(.cannotExecute, sentence, code: -106)
        }
        Trace.step(.execution, "the command runs as pid \(pid)")
        return Command(
            process: ProcessIdentity(pid: pid, startTime: Processes.startTime(ofChild: pid) ?? 0), signals: signals
        )
    }

    /// A list of C strings, as exec takes it. An array would cost start-up time: the runtime makes its type on first use.
    private typealias Pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    private static func copy(_ word: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
        word.withUnsafeBytes {
            UnsafeMutableRawPointer(bytes).copyMemory(from: $0.baseAddress ?? .init(bytes), byteCount: word.count)
        }
        bytes[word.count] = 0
        return bytes
    }

    /// The caller's environment with the variables `added` in place of those of an outer flom; nil leaves it as it is.
    private static func variables(adding added: [String]?) -> Pointers {
        var count = 0
        while environ[count] != nil { count += 1 }
        let variables = Pointers.allocate(capacity: count + (added?.count ?? 0) + 1)
        var next = 0
        for index in 0..<count {
            guard let entry = environ[index] else { break }
            if added != nil, strncmp(entry, "FLOM_", 5) == 0, CommandEnvironment.isOurs(String(cString: entry)) { continue }
            variables[next] = entry
            next += 1
        }
        for variable in added ?? [] {
            variables[next] = strdup(variable)
            next += 1
        }
        variables[next] = nil
        return variables
    }

    /// Waits until the command has ended. Meanwhile passes signals on to it, and tends its locks.
    mutating func wait(tending sessions: [LockSession] = [], _ lostLock: LostLock? = nil) -> Completion {
        signals.begin()
        defer { signals.dismissWitness() }
        while true {
            var status: Int32 = 0
            let ended = waitpid(process.pid, &status, WNOHANG | WUNTRACED)
            if ended == process.pid {
                let stop = flom_wait_stop_signal(status)
                if stop != 0 {
                    signals.follow(stop: stop, of: process)
                    continue
                }
                Trace.step(.execution, "pid \(process.pid) has ended, wait status \(status)")
                return flom_wait_has_exited(status) != 0
                    ? .exited(status: UInt8(truncatingIfNeeded: flom_wait_exit_status(status)))
                    : .signalled(flom_wait_signal(status))
            }
            if ended < 0 && errno != EINTR {
                // An unknown status is no success, and commits nothing.
                StandardError.say("how the command ended cannot be learnt: \(SystemError("waitpid").reason)")
                return .unlocked(rollback: true)
            }
            let isSignalled = awaitNews(of: sessions, lostLock)
            signals.forward(to: process)
            // Usually this is the end of a short command, and then there is nothing to tend.
            if isSignalled { continue }
            signals.callWitness()
            for session in sessions { session.tend() }
            lostLock?.tend()
        }
    }

    /// Waits for a signal, for a daemon, or for the next deadline.
    ///
    /// - Returns: whether a signal has come.
    private func awaitNews(of sessions: [LockSession], _ lostLock: LostLock?) -> Bool {
        var deadline = signals.witnessIsDue
        if let lostLock { deadline = Deadline.earlier(deadline, lostLock.killAt) }
        return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 1 + sessions.count) { waiting in
            waiting.initialize(repeating: pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0))
            for (index, session) in sessions.enumerated() {
                // A negative one is passed over.
                waiting[1 + index].fd = session.descriptor ?? -1
                deadline = Deadline.earlier(deadline, session.nextDeadline)
            }
            poll(waiting.baseAddress, nfds_t(waiting.count), deadline.pollMilliseconds)
            return waiting[0].revents != 0
        }
    }
}
