package import FlomModel
internal import FlomNetCore
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// What a program calls. `acquire` and `release` come in two forms: one that blocks, and one that calls back.
extension ProgramLock {
    /// What a daemon takes for an answer for which it need not wait, a commit included, and some more. So long a thread waits for nothing
    /// else: neither for another thread that cancels, nor, in an asynchronous call, for other tasks.
    private static let promptNanoseconds: Int = 1_000_000

    // MARK: - To ask

    /// Asks, and blocks until the lock is granted or refused.
    package func acquire() throws(Failure) {
        guard isOfThisProcess else { throw .ofParent }
        while true {
            turn.enter()
            // A helper's step may have brought it.
            let next: Next = if case .held = phase { .granted } else { step(mayBlock: !endpoint.mayTakeLong) }
            if case .granted = next { loop.hold(self) }
            leaveTurn()
            switch next {
            case .granted: return try settleHere()
            case .over: throw failure ?? .cancelled
            case .waits(let descriptor, let moment):
                if let descriptor, Polling.isReadable(descriptor, within: Self.promptNanoseconds) { continue }
                try wait(for: descriptor, until: moment)
            case .blocks:
                let wakeUp = try wakeUp()
                // What a step of the helper's has come to, the next one here tells.
                guard loop.help(self, then: { [self] in goOnAfterHelp(wakeUp) }) else {
                    turn.enter()
                    _ = step(mayBlock: true)
                    leaveTurn()
                    continue
                }
                try wait(for: nil, until: .never)
            }
        }
    }

    /// Asks, as long as that takes no more than the daemon's prompt answer over a connection that is there.
    ///
    /// - Returns: whether the lock is granted. If not, `acquire` goes on.
    package func acquireAtOnce() throws(Failure) -> Bool {
        guard isOfThisProcess else { throw .ofParent }
        turn.enter()
        while true {
            let next = step(mayBlock: false)
            switch next {
            case .waits(let descriptor?, _):
                if Polling.isReadable(descriptor, within: Self.promptNanoseconds) { continue }
            case .granted: loop.hold(self)
            default: break
            }
            leaveTurn()
            switch next {
            case .granted:
                try settleHere()
                return true
            case .over: throw failure ?? .cancelled
            default: return false
            }
        }
    }

    /// Asks, and calls back on a thread of this library when the lock is granted or refused, or `cancel` was called.
    package func acquire(_ whenSettled: @escaping @Sendable (Result<Void, Failure>) -> Void) {
        guard isOfThisProcess else { return whenSettled(.failure(.ofParent)) }
        let isCancelled = wishes.withLock { wishes in
            wishes.isDrivenByLoop = true
            if !wishes.isCancelled { wishes.whenSettled = whenSettled }
            return wishes.isCancelled
        }
        if isCancelled { whenSettled(.failure(.cancelled)) }
        loop.submit(self)
    }

    /// Ends the wait for the lock, from any thread. The request is withdrawn; a lock that is granted just then is released. Without effect
    /// on a lock that is held.
    package func cancel() {
        guard isOfThisProcess else { return }
        let (settled, wakeUp, isDrivenByLoop) = wishes.withLock { wishes in
            guard !wishes.isSettled, !wishes.isCancelled else {
                return (nil, nil, false) as ((@Sendable (Result<Void, Failure>) -> Void)?, WakeUp?, Bool)
            }
            wishes.isCancelled = true
            wishes.completion = .unlocked(rollback: true)
            defer { wishes.whenSettled = nil }
            return (wishes.whenSettled, wishes.wakeUp, wishes.isDrivenByLoop)
        }
        settled?(.failure(.cancelled))
        wakeUp?.call()
        if isDrivenByLoop { loop.submit(self) }
    }

    /// The lock is granted to the thread that asks, if nobody has cancelled it.
    private func settleHere() throws(Failure) {
        let isCancelled = wishes.withLock { wishes in
            wishes.isSettled = true
            return wishes.isCancelled
        }
        if isCancelled { try leaveToLoop() }
    }

    /// Waits until the descriptor can be read, the moment has come or the lock is cancelled.
    private func wait(for descriptor: Int32?, until moment: Deadline) throws(Failure) {
        let wakeUp = try wakeUp()
        if !wishes.withLock(\.isCancelled) { wakeUp.wait(orFor: descriptor, until: moment) }
        wakeUp.clear()
        if wishes.withLock(\.isCancelled) { try leaveToLoop() }
    }

    /// A helper has done its step: the thread that asks goes on, or the loop if it does not wait any more.
    private func goOnAfterHelp(_ wakeUp: WakeUp) {
        wakeUp.call()
        if wishes.withLock(\.isDrivenByLoop) { loop.submit(self) }
    }

    private func leaveToLoop() throws(Failure) {
        wishes.withLock { $0.isDrivenByLoop = true }
        loop.submit(self)
        throw .cancelled
    }

    private func wakeUp() throws(Failure) -> WakeUp {
        if let wakeUp = wishes.withLock(\.wakeUp) { return wakeUp }
        guard let made = WakeUp() else {
            let reason = SystemError("eventfd").reason
            // Nobody waits for what was asked for.
            wishes.withLock { ($0.completion, $0.isDrivenByLoop) = ($0.completion ?? .unlocked(rollback: true), true) }
            loop.submit(self)
            throw .system("no descriptor is left for a thread that waits: \(reason)")
        }
        wishes.withLock { $0.wakeUp = made }
        return made
    }

    // MARK: - To let go

    /// Lets go, and blocks until the daemon knows, or for some seconds if it cannot be reached. Once only; the second call does nothing.
    package func release(_ completion: Completion) -> End {
        if let end = release(completion, sleeps: true) { return end }
        guard let wakeUp = try? wakeUp() else {
            loop.submit(self)
            return .untold
        }
        loop.submit(self)
        let since = wishes.withLock(\.endsSince) ?? .now
        let limit = Deadline.after(milliseconds: max(0, Self.confirmationMilliseconds - Instant.now.milliseconds(since: since)))
        while true {
            if let end = wishes.withLock(\.end) { return end }
            // A step that is under way may take longer.
            if limit.hasPassed { report(.untold) }
            wakeUp.wait(orFor: nil, until: limit)
            wakeUp.clear()
        }
    }

    /// Lets go, and calls back on a thread of this library.
    package func release(_ completion: Completion, _ whenEnded: @escaping @Sendable (End) -> Void) {
        if let end = releaseAtOnce(completion) { return whenEnded(end) }
        let end = wishes.withLock { wishes in
            if wishes.end == nil { wishes.whenEnded.append(whenEnded) }
            return wishes.end
        }
        if let end { whenEnded(end) }
        loop.submit(self)
    }

    /// Lets go, without waiting for more than the daemon's prompt answer.
    ///
    /// - Returns: nil if that has not come; then the loop has to go on.
    package func releaseAtOnce(_ completion: Completion) -> End? { release(completion, sleeps: false) }

    /// - Parameter sleeps: whether to wait for an answer that is not prompt, as long as the connection is there.
    /// - Returns: nil if the loop has to go on.
    private func release(_ completion: Completion, sleeps: Bool) -> End? {
        guard isOfThisProcess else { return .ofParent }
        let isFirst = wishes.withLock { wishes in
            guard wishes.completion == nil else { return false }
            (wishes.completion, wishes.endsSince, wishes.isDrivenByLoop) = (completion, .now, true)
            return true
        }
        guard isFirst, turn.enterIfFree() else { return wishes.withLock(\.end) }
        loop.forget(self)
        var next = step(mayBlock: false)
        while case .waits(let descriptor?, let limit) = next,
            sleeps
                ? Polling.wait(for: POLLIN, on: descriptor, until: limit)
                : Polling.isReadable(descriptor, within: Self.promptNanoseconds)
        {
            next = step(mayBlock: false)
        }
        leaveTurn()
        return wishes.withLock(\.end)
    }
}
