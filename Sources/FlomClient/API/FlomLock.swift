internal import FlomModel
internal import FlomSystem
internal import Synchronization

/// A lock that this program holds.
///
///     try await FlomLock.withLock("db", timeout: .seconds(5)) { lock in
///         try await update(fence: lock.fencingToken)
///     }
///
/// It is the process's: its connection is looked after by a thread of this library, and it stays held when the daemon is killed or
/// replaced. When the process ends, however it ends, the lock is free at once, and what it carries is rolled back. Children of the
/// process have no part in it.
///
/// A `FlomLock` that is deinitialised without `release` is released as at the end of the process: with a rollback.
public final class FlomLock: Sendable {
    /// A resource of the lock, with what its grant carries.
    public struct Grant: Hashable, Sendable {
        public let resource: FlomResource
        /// The member of a set, the number of a sequence, the text of a time stamp; nil for the other kinds.
        public let element: String?
        /// Grows with every grant of the daemon's journal, for ever; what the lock protects can refuse an older one. Nil with a daemon of
        /// FLoM 1.7.2.
        public let fencingToken: Int64?
        /// The request in the daemon's journal, as `flom --history` shows it: `JOURNAL:NUMBER`. A command that is run under the lock asks for
        /// locks from within it if it finds this in `FLOM_REQUEST_ID`. Nil with a daemon of FLoM 1.7.2.
        public let requestID: String?
    }

    /// How things stand with a lock.
    public enum State: Hashable, Sendable {
        case held
        /// The daemon is gone. The lock stands, and comes back to the daemon or to the next one by itself.
        case daemonLost
        /// The daemon gives the lock to others, or may do so from now on. With a sentence.
        case lost(String)
        case released
    }

    /// How a lock ends.
    public enum Ending: Hashable, Sendable {
        case commit
        /// What a transactional sequence (`_S_n[1]`) has given is given again. For all other resources the same as `commit`.
        case rollback
    }

    /// What has become of a lock that was released.
    public enum Release: Hashable, Sendable {
        /// The daemon has recorded it.
        case confirmed
        /// It was lost before.
        case lostBefore
        /// No daemon could be told within some seconds. This library goes on trying as long as the process lives.
        case untold
        /// This process was forked after the lock was made. The lock is the parent's and stays as it is.
        case ofParent
    }

    private let lock: ProgramLock
    private let news: LockNews

    /// The resources of the lock, in the order in which they were asked for; at least one.
    public let grants: [Grant]
    public var element: String? { grants[0].element }
    public var fencingToken: Int64? { grants[0].fencingToken }
    public var requestID: String? { grants[0].requestID }

    init(_ lock: ProgramLock, _ resources: [FlomResource], _ news: LockNews) {
        self.lock = lock
        self.news = news
        grants = zip(resources, lock.granted).map { resource, granted in
            Grant(
                resource: resource, element: granted.element.map { String(decoding: $0, as: UTF8.self) },
                fencingToken: granted.token?.value, requestID: granted.requestID)
        }
    }

    deinit {
        let news = news
        lock.release(.unlocked(rollback: true)) { _ in news.end() }
    }

    // MARK: - While it is held

    public var state: State { news.state }

    /// The present state and all that follow; it ends with `released`. Each call gives a sequence of its own.
    public var states: AsyncStream<State> { news.states() }

    /// Calls `handler` when the lock is lost, on a thread of this library, which it must not keep waiting.
    func whenLost(_ handler: @escaping @Sendable (String) -> Void) { news.whenLost(handler) }

    // MARK: - The end

    /// Lets go of the lock. Returns when the daemon has confirmed it; if it cannot be reached, after some seconds. The cancellation of the
    /// task has no effect on it. A second call returns what the first one has come to.
    @discardableResult
    public func release(_ ending: Ending = .commit) async -> Release {
        let completion = Completion.unlocked(rollback: ending == .rollback)
        let end: ProgramLock.End
        if let known = lock.releaseAtOnce(completion) {
            end = known
        } else {
            end = await withUnsafeContinuation { continuation in lock.release(completion) { continuation.resume(returning: $0) } }
        }
        news.end()
        return switch end {
        case .released: .confirmed
        case .lost: .lostBefore
        case .untold: .untold
        case .ofParent: .ofParent
        }
    }
}

/// What becomes of a lock, for all who want to know.
final class LockNews: Sendable {
    private struct Known {
        var state = FlomLock.State.held
        var listeners: [AsyncStream<FlomLock.State>.Continuation] = []
        var whenLost: (@Sendable (String) -> Void)?
    }

    private let known = Mutex(Known())

    var state: FlomLock.State { known.withLock(\.state) }

    func states() -> AsyncStream<FlomLock.State> {
        let (stream, continuation) = AsyncStream.makeStream(of: FlomLock.State.self)
        known.withLock { known in
            continuation.yield(known.state)
            if known.state == .released { continuation.finish() } else { known.listeners.append(continuation) }
        }
        return stream
    }

    func whenLost(_ handler: @escaping @Sendable (String) -> Void) {
        let state = known.withLock { known in
            known.whenLost = handler
            return known.state
        }
        if case .lost(let reason) = state { handler(reason) }
    }

    func note(_ change: ProgramLock.Change, _ sentence: (LossReason) -> String) {
        switch change {
        case .daemonLost: become(.daemonLost)
        case .daemonBack, .heldAfterAll: become(.held)
        case .lost(let reason):
            let reason = sentence(reason)
            become(.lost(reason))
            known.withLock(\.whenLost)?(reason)
        }
    }

    func end() { become(.released) }

    private func become(_ state: FlomLock.State) {
        let listeners = known.withLock { known in
            guard known.state != state, known.state != .released else { return [] as [AsyncStream<FlomLock.State>.Continuation] }
            known.state = state
            defer { if state == .released { (known.listeners, known.whenLost) = ([], nil) } }
            return known.listeners
        }
        for listener in listeners {
            listener.yield(state)
            if state == .released { listener.finish() }
        }
    }
}
