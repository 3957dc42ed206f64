internal import FlomDaemon
internal import FlomEngine
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// One command under one lock: ask, wait, run, let go.
struct LockedRun {
    private let settings: Settings
    private let commandStart: Int
    private let access: DaemonAccess
    private let deadlines: Deadlines

    init(_ settings: Settings, commandStart: Int) throws(Failure) {
        self.settings = settings
        self.commandStart = commandStart
        access = try DaemonAccess(settings)
        deadlines = Deadlines(timeoutMilliseconds: settings.timeoutMilliseconds)
    }

    /// The status with which flom ends.
    func run() throws(Failure) -> Int32 {
        var session = try lock()
        var command: Command
        do {
            command = try Command.start(words: commandStart, environment: session.environment(settings))
        } catch {
            session.unlock(settings.resource, .notStarted)
            throw error
        }
        session.announce(settings, command.process, words: Array(CommandLine.words[commandStart...]))
        let completion = command.wait()
        session.unlock(settings.resource, completion)
        switch completion {
        case .exited(let status): return Int32(status)
        case .signalled(let signal): return 128 + signal
        case .notStarted, .unlocked, .disconnected: return ExitStatus.failure.rawValue
        }
    }

    /// A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked.
    private func lock() throws(Failure) -> LockSession {
        let request = try LockRequestMessage.make(settings)
        let words = Array(CommandLine.words[commandStart...])
        while true {
            var session = LockSession(
                try access.connect(until: deadlines.connect), timeoutMilliseconds: settings.timeoutMilliseconds)
            switch try session.lock(request, words: words, deadlines: deadlines) {
            case .granted: return session
            case .closedUnheard:
                guard !deadlines.connect.hasPassed else {
                    throw Failure(
                        .failure, "the daemon on '\(access.endpoint.name)' closes every connection without an answer",
                        code: ReturnNumber.receive)
                }
            }
        }
    }
}
