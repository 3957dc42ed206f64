internal import FlomDaemon
internal import FlomEngine
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// One command under one lock: ask, wait, run, let go.
struct LockedRun {
    private let settings: Settings
    /// The command's words as they were typed.
    private let typedWords: [[UInt8]]
    private let access: DaemonAccess
    private let deadlines: Deadlines

    init(_ settings: Settings, commandStart: Int) throws(Failure) {
        self.settings = settings
        typedWords = Array(CommandLine.words[commandStart...])
        access = try DaemonAccess(settings)
        deadlines = Deadlines(timeoutMilliseconds: settings.timeoutMilliseconds)
    }

    /// The status with which flom ends.
    func run() throws(Failure) -> Int32 {
        if settings.verbose && settings.namesMode && !settings.resource.kind.hasModes {
            StandardError.say(
                "a \(settings.resource.kind.word) resource has no lock modes: \(settings.mode.shortName) is ignored")
        }
        var session = try lock()
        let words = words(with: session.element)
        if settings.verbose, let element = session.element {
            StandardOutput.print("Locked element is '\(String(decoding: element, as: UTF8.self))'")
        }
        var command: Command
        do {
            command = try Command.start(words: words, environment: session.environment(settings))
        } catch {
            session.unlock(settings.resource, .notStarted)
            throw error
        }
        session.announce(settings, command.process, words: words)
        let completion = command.wait()
        session.unlock(settings.resource, completion)
        switch completion {
        case .exited(let status): return Int32(status)
        case .signalled(let signal): return 128 + signal
        case .notStarted, .unlocked, .disconnected: return ExitStatus.failure.rawValue
        }
    }

    /// The command's words with the element: behind them as in 1.7.2, or in the place of every `{}` among them.
    private func words(with element: [UInt8]?) -> [[UInt8]] {
        guard let element else { return typedWords }
        return settings.hasElementPlaceholder ? typedWords.map { Self.replace($0, element) } : typedWords + [element]
    }

    private static func replace(_ word: [UInt8], _ element: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = word[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "{"), rest.first == UInt8(ascii: "}") {
                rest.removeFirst()
                result += element
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked.
    private func lock() throws(Failure) -> LockSession {
        let request = try LockRequestMessage.make(settings)
        while true {
            var session = LockSession(
                try access.connect(until: deadlines.connect), timeoutMilliseconds: settings.timeoutMilliseconds)
            switch try session.lock(request, words: typedWords, deadlines: deadlines) {
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
