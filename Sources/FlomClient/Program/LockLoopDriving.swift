internal import CFlomSystem
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// What the loop's thread does about one lock.
extension LockLoop {
    /// The pause before a step is tried again for which there was no thread.
    private static let noThreadMilliseconds: Int64 = 100

    /// Does what can be done about the lock without blocking, and sees to it that the rest is done when it can be.
    ///
    /// - Parameter describes: whether the daemon has to know by now which program it is.
    func drive(_ lock: ProgramLock, describes: Bool = false) {
        // The thread that has the turn submits the lock when there is something left to do.
        guard lock.turn.enterIfFree() else {
            // But a thread that has just been granted it does not.
            if describes { hold(lock) }
            return
        }
        var next = lock.step(mayBlock: false)
        let settled = lock.takeSettlement()
        if case .granted = next {
            hold(lock)
        } else {
            if describes, case .held = lock.phase { lock.session.describeHolder() }
            if case .waits(let descriptor?, _) = next, !watch(descriptor, lock.number) {
                // It has been watched no more than a moment.
                next = .waits(descriptor: nil, until: .after(milliseconds: Self.noThreadMilliseconds))
            }
            arrange(next, of: lock)
        }
        lock.leaveTurn()
        settled?()
    }

    private func arrange(_ next: ProgramLock.Next, of lock: ProgramLock) {
        switch next {
        case .granted: break
        case .over:
            lock.timer = (.max, lock.timer.version &+ 1)
            state.withLock { $0.driven[lock.number] = nil }
        case .waits(_, let moment):
            state.withLock { $0.driven[lock.number] = lock }
            wake(lock, at: moment)
        case .blocks:
            state.withLock { $0.driven[lock.number] = lock }
            // The limit of its request says nothing about a lock that is held, or let go of.
            if case .asks = lock.phase { wake(lock, at: lock.session.reachLimit) } else { wake(lock, at: .never) }
            if lock.isWithHelper { return }
            lock.isWithHelper = help(lock) { [self] in submit(lock, byHelper: true) }
            if !lock.isWithHelper { wake(lock, at: .after(milliseconds: Self.noThreadMilliseconds)) }
        }
    }

    private func wake(_ lock: ProgramLock, at moment: Deadline) {
        guard lock.timer.at != moment.at else { return }
        lock.timer = (moment.at, lock.timer.version &+ 1)
        if moment.at != .max { timers.insert(.init(at: moment.at, tag: lock.number, version: lock.timer.version)) }
    }

    /// Tells the loop, once, when the descriptor can be read. False if the kernel watches no more descriptors.
    private func watch(_ descriptor: Int32, _ tag: UInt64) -> Bool {
        flom_epoll_again(epoll, descriptor, tag) == 0 || flom_epoll_add(epoll, descriptor, tag) == 0
    }
}

extension ProgramLock {
    /// What has to be called when the asking is over, once. Call it with the turn.
    func takeSettlement() -> (() -> Void)? {
        if case .asks = phase { return nil }
        let told = wishes.withLock { wishes in
            defer { wishes.whenSettled = nil }
            if wishes.whenSettled != nil { wishes.isSettled = true }
            return wishes.whenSettled
        }
        guard let told else { return nil }
        let result: Result<Void, Failure> = failure.map { .failure($0) } ?? .success(())
        return { told(result) }
    }
}
