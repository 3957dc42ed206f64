internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// One command under one lock: request it, wait, run, release it.
struct LockedRun {
    private let settings: Settings
    /// The command's words as they were typed.
    private let typedWords: [[UInt8]]
    private let connector: DaemonConnector
    private let deadlines: RequestDeadlines
    private let lostLock: LostLock

    init(_ settings: Settings, commandStart: Int) throws(Failure) {
        self.settings = settings
        typedWords = CommandLine.words(from: commandStart)
        connector = try DaemonConnector(settings)
        deadlines = .starting(timeoutMilliseconds: settings.timeoutMilliseconds)
        lostLock = LostLock(settings.onLost)
    }

    /// The exit status.
    func run() throws(Failure) -> Int32 {
        remarkOnModes()
        for remark in settings.monitor.remarks { StandardError.say(remark) }
        let sessions = try lock()
        // The resources in the order of the options.
        let held = settings.parts.map { part in sessions.lazy.flatMap(\.held).first { $0.part == part } ?? HeldResource(part) }
        let words = words(with: held)
        if settings.verbose {
            for case let element? in held.lazy.map(\.element) {
                StandardOutput.print("Locked element is '\(String(decoding: element, as: UTF8.self))'")
            }
        }
        for session in sessions { session.makeInheritable() }
        var command: Command
        do {
            command = try Command.start(
                words: words, environment: CommandEnvironment.variables(held), ignoring: settings.monitor.ignoredSignals)
        } catch {
            for session in sessions.reversed() { session.unlock(.notStarted) }
            throw error
        }
        lostLock.command = command.process
        // Text that must not be on record does not leave this process.
        let recorded = settings.daemon.recording.recorded(words)
        for session in sessions { session.announce(command.process, recorded) }
        let completion = command.wait(tending: sessions, lostLock)
        for session in sessions.reversed() { session.unlock(completion) }
        switch completion {
        case .exited(let status): return Int32(status)
        case .signalled(let signal): return 128 + signal
        case .notStarted, .unlocked, .disconnected: return ExitStatus.failure.rawValue
        }
    }

    private func remarkOnModes() {
        guard settings.verbose && settings.namesMode else { return }
        for part in settings.parts where !part.resource.kind.hasModes {
            StandardError.say("a \(part.resource.kind.word) resource has no lock modes: \(part.mode.shortName) is ignored")
        }
    }

    // MARK: - Asking

    /// Takes the lock in one session, in which a daemon of flom grants everything at once. A daemon of 1.7.2 gets one session for
    /// each resource, in canonical order, so that two such commands cannot deadlock.
    private func lock() throws(Failure) -> [LockSession] {
        var sessions: [LockSession] = []
        var missing = settings.parts
        while !missing.isEmpty {
            do {
                let session = session(for: missing)
                try session.lock()
                sessions.append(session)
                missing.removeAll { part in session.held.contains { $0.part == part } }
            } catch {
                for session in sessions.reversed() { session.unlock(.notStarted) }
                throw Failure(error, settings, connector, of: missing.count)
            }
        }
        return sessions
    }

    private func session(for parts: [LockPart]) -> LockSession {
        let (recording, words, verbose, lostLock) = (settings.daemon.recording, typedWords, settings.verbose, lostLock)
        return LockSession(
            LockTerms(parts, settings), over: connector, until: deadlines, describe: { recording.recorded(words) },
            observe: { WaitExplanation(parts, $0, verbose: verbose) },
            notice: { notice, session in
                StandardError.say(notice.sentence(session))
                if case .lost = notice { lostLock.act() }
                if case .heldAfterAll = notice { lostLock.spare() }
            })
    }

    // MARK: - Elements

    /// The command's words with the elements: appended as in 1.7.2, or in place of the placeholders `{}` (first resource), `{2}`
    /// (second resource) and so on.
    private func words(with held: [HeldResource]) -> [[UInt8]] {
        guard settings.hasElementPlaceholder else { return typedWords + held.compactMap(\.element) }
        return typedWords.map { Self.replace($0, held) }
    }

    private static func replace(_ word: [UInt8], _ held: [HeldResource]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = word[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")),
                let element = element(named: rest[..<end], held)
            {
                rest = rest[(end + 1)...]
                result += element
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// Nil if the resource carries no element, or the text between the braces is not the number of a resource.
    private static func element(named text: ArraySlice<UInt8>, _ held: [HeldResource]) -> [UInt8]? {
        let number = text.isEmpty ? 1 : Int(String(decoding: text, as: UTF8.self))
        guard let number, held.indices.contains(number - 1) else { return nil }
        return held[number - 1].element
    }
}

extension LockTerms {
    /// - Parameter parts: the parts of the settings that are not held yet.
    init(_ parts: [LockPart], _ settings: Settings) {
        self.init(parts)
        timeoutMilliseconds = settings.timeoutMilliseconds
        mayCreate = settings.mayCreate
        idleLifespanMilliseconds = settings.idleLifespanMilliseconds
        if case .none = settings.lease { isLeaseless = true }
        if case .kill = settings.onOrphan { endsOrphan = true }
        parent = getenv("FLOM_REQUEST_ID").map { String(cString: $0) }
        if case .wait = settings.deadlock { mayBeRefusedAsDeadlock = false }
        graceMilliseconds = settings.daemon.reclaimGraceMilliseconds
    }
}
