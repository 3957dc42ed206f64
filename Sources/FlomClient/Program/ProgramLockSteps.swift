internal import FlomCore
internal import FlomModel
internal import FlomSystem
internal import Synchronization

/// The steps of a lock, whichever thread has its turn.
extension ProgramLock {
    enum Next {
        /// It is held now, and was not before.
        case granted
        /// There is nothing to do any more.
        case over
        /// There is something to do when the descriptor can be read, or this moment has come.
        case waits(descriptor: Int32?, until: Deadline)
        /// The next step may block.
        case blocks
    }

    /// How long a daemon has to confirm an end, and how long this tries to tell one before it says that none knows.
    static let confirmationMilliseconds = Unlocking.limitMilliseconds
    /// The longest pause between attempts to tell a daemon that has come back of an end.
    private static let longestPauseMilliseconds: Int64 = 5000

    /// Does what can be done. Call it with the turn.
    func step(mayBlock: Bool) -> Next {
        while true {
            let completion = wishes.withLock { $0.completion }
            switch phase {
            case .asks:
                if let completion {
                    begin(completion)
                } else if let next = ask(mayBlock: mayBlock) {
                    return next
                }
            case .held:
                if let completion {
                    begin(completion)
                    // The answer cannot be there yet.
                    if case .ends(let limit) = phase { return .waits(descriptor: session.descriptor, until: limit) }
                    continue
                }
                session.tendWithoutBlocking()
                if session.isDueToComeBack {
                    guard mayBlock else { return .blocks }
                    session.tend()
                }
                return .waits(descriptor: session.descriptor, until: session.nextDeadline)
            case .ends(let limit):
                switch session.advanceRelease(completion!) {
                case .done: finish(.released)
                case .unknown: seek()
                case .waits:
                    guard limit.hasPassed else { return .waits(descriptor: session.descriptor, until: limit) }
                    session.drop()
                    seek()
                }
            case .seeksDaemon(let moment):
                if isOverdue { report(.untold) }
                guard moment.hasPassed else { return .waits(descriptor: nil, until: moment) }
                guard mayBlock else { return .blocks }
                if session.releaseLate(completion!, mayStart: !isOverdue) { finish(.released) } else { seek() }
            case .over: return .over
            }
        }
    }

    // MARK: - Asking

    /// Nil if the phase has changed.
    private func ask(mayBlock: Bool) -> Next? {
        if session.isAboutToReach && !mayBlock {
            guard session.reachLimit.hasPassed else { return .blocks }
            fail(.refused(session.tooLate))
            return nil
        }
        do {
            switch try session.advance() {
            case .reaches: return nil
            case .waits(let moment): return .waits(descriptor: session.descriptor, until: moment)
            case .granted:
                noteGrant()
                guard session.held.count < terms.parts.count else { return .granted }
                wishes.withLock { $0.completion = .unlocked(rollback: true) }
                failure = .oneAtATime
                return nil
            }
        } catch {
            fail(.refused(error))
            return nil
        }
    }

    private func fail(_ reason: Failure) {
        failure = reason
        if case .refused(let error) = reason, error.leavesConnection { keepConnection() }
        session.drop()
        phase = .over
        // A lock that was refused is let go of at once.
        report(.released)
    }

    // MARK: - Ending

    private func begin(_ completion: Completion) {
        endsSince = wishes.withLock(\.endsSince) ?? .now
        switch session.beginRelease(completion) {
        case .done: finish(.released)
        case .waits: phase = .ends(by: .after(milliseconds: Self.confirmationMilliseconds))
        case .unknown: seek()
        }
    }

    private var endingMilliseconds: Int64 { endsSince.map { Instant.now.milliseconds(since: $0) } ?? 0 }
    private var isOverdue: Bool { endingMilliseconds >= Self.confirmationMilliseconds }

    /// Waits for the next attempt to tell a daemon of the end: the later, the longer.
    private func seek() {
        let pause = max(10, min(endingMilliseconds / 10, Self.longestPauseMilliseconds))
        phase = .seeksDaemon(at: .after(milliseconds: pause))
    }

    private func finish(_ end: End) {
        keepConnection()
        session.drop()
        phase = .over
        noteChanges()
        report(isLost ? .lost : end)
    }

    /// Tells the thread that waits for the end, once.
    func report(_ end: End) {
        let (told, wakeUp) = wishes.withLock { wishes in
            guard wishes.end == nil else { return ([], nil) as ([@Sendable (End) -> Void], WakeUp?) }
            wishes.end = end
            defer { wishes.whenEnded = [] }
            return (wishes.whenEnded, wishes.wakeUp)
        }
        for tell in told { tell(end) }
        wakeUp?.call()
    }

    private func keepConnection() {
        guard session.speaksExtension, let connection = session.takeConnection() else { return }
        loop.keep(connection, for: endpoint)
    }
}

extension LockError {
    /// Whether the daemon has answered in order, and hears the next request over the same connection.
    fileprivate var leavesConnection: Bool {
        switch self {
        case .busy, .cannotWait, .impossible: true
        default: false
        }
    }
}
