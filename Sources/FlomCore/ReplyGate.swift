package import FlomEngine
package import FlomModel

/// Holds answers back until the journal has their events and, where they must survive a loss of power, the device has them.
///
/// A value without a clock, a disk or a socket. The shell says what happened, and takes *directives* until there are none. There
/// is at most one commit a turn: a turn that no answer waits for is written with the next one, after two milliseconds at the
/// latest. If a commit fails, the batch is kept whole and tried again together with what came meanwhile; its answers stay here. The
/// engine never takes anything back.
package struct ReplyGate: Sendable {
    package enum Directive: Hashable, Sendable {
        /// Write `late`, `entries` and `lives` in one transaction. Answered by `committed` or `failed`.
        case commit
        /// Call `commitIsDue` when the time is over.
        case armCommit(milliseconds: Int64)
        /// Ask the device for all commits up to this one. Answered by `synced`.
        case sync(upTo: UInt64)
        /// Call `syncIsDue` when the time is over.
        case armSync(milliseconds: Int64)
        /// Call `retryIsDue` when the time is over.
        case armRetry(milliseconds: Int64)
        /// Send the answers that `takeReady` gives.
        case release
        /// What was decided before `whenOnDevice` returned this number is durable.
        case isOnDevice(UInt64)
        /// Record how far the journal has come, where the next daemon looks for it.
        case noteProgress
    }

    private let level: SyncLevel
    /// Entries to be written, in this order, after `late`.
    private var unwritten: [JournalEntry] = []
    /// Entries of earlier turns: those that no answer waited for, and those that could not be written.
    package private(set) var late: [LateEntries] = []
    package private(set) var lives: [ResourceChange] = []
    /// Answers that wait for the commit.
    package private(set) var held: [Answer] = []
    /// Answers that wait for the commit, and may leave only when the device has their events.
    private var heldForDevice: [Answer] = []
    /// Answers that may leave, and have not been taken yet.
    private var ready: [Answer] = []
    /// Answers that wait for the device, with the commit after which they may go.
    private var unsynced: [(commit: UInt64, answers: [Answer])] = []
    /// Other work that waits for the device, by its number.
    private var waiting: [(commit: UInt64, number: UInt64)] = []
    private var lastNumber: UInt64 = 0
    private var commits: UInt64 = 0
    private var syncedCommits: UInt64 = 0
    /// Whether the shell has been told to call `commitIsDue` and has not done so yet.
    private var commitIsArmed = false
    /// The number of commits at that moment.
    private var commitsWhenArmed: UInt64 = 0
    private var syncIsArmed = false
    private var retryIsArmed = false
    private var directives: [Directive] = []
    private var taken = 0

    /// Since when the journal cannot be written, and why, as a sentence; nil while all is well.
    package private(set) var failure: (reason: String, since: Instant)?
    /// Whether the device has failed. What it has can then never be known.
    package private(set) var deviceHasFailed = false

    /// How long entries stay unwritten that no answer waits for, in milliseconds; at most twice as long. A program that unlocks and locks again then
    /// costs one commit, not two.
    private static let commitIntervalMilliseconds: Int64 = 1
    /// The pause between two syncs under `auto`, in milliseconds. No answer waits for them, so one sync serves all commits of the
    /// pause.
    private static let syncIntervalMilliseconds: Int64 = 100
    private static let retryIntervalMilliseconds: Int64 = 1000

    package init(_ level: SyncLevel) { self.level = level }

    /// The next directive; nil when there is none.
    package mutating func next() -> Directive? {
        precondition(taken <= directives.count, "\(taken) directives are taken of \(directives.count)")
        guard taken < directives.count else {
            directives.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return directives[taken]
    }

    // MARK: - A turn

    /// Adds an entry of the daemon's own, which is written at the end of the turn.
    package mutating func append(_ entry: JournalEntry) { unwritten.append(entry) }
    /// Adds a change that is written with the next entry. The end of a life needs no commit of its own: readers of the journal
    /// see it by the clock.
    package mutating func append(_ change: ResourceChange) { lives.append(change) }

    /// Ends a turn.
    ///
    /// - Parameters:
    ///   - now: the moment that the record gives to events that are written later.
    ///   - isRemote: whether the session's holder could outlive a loss of power of this host; nil if there is no such session any
    ///     more.
    package mutating func pass(_ events: [Event], _ answers: [Answer], at now: Moment, isRemote: (SessionID) -> Bool?) {
        let mayWait = answers.isEmpty && unwritten.isEmpty && waiting.isEmpty && failure == nil
        for event in events { unwritten.append(.request(event)) }
        for answer in answers {
            if level == .always || level == .auto && Self.needsDevice(answer, isRemote(answer.session)) {
                heldForDevice.append(answer)
            } else {
                held.append(answer)
            }
        }
        if mayWait { postpone(now) } else { flush() }
    }

    private mutating func postpone(_ now: Moment) {
        guard !unwritten.isEmpty else { return }
        late.append(LateEntries(unwritten, decidedAt: now))
        unwritten.removeAll()
        armCommit()
    }

    private mutating func armCommit() {
        guard !commitIsArmed else { return }
        (commitIsArmed, commitsWhenArmed) = (true, commits)
        directives.append(.armCommit(milliseconds: Self.commitIntervalMilliseconds))
    }

    package mutating func commitIsDue() {
        commitIsArmed = false
        guard hasUnwritten, failure == nil else { return }
        // What has come since another commit is younger, and has its own time.
        if commits > commitsWhenArmed { armCommit() } else { flush() }
    }

    /// Writes what waits for a commit: the journal is about to be read, or the daemon ends.
    package mutating func commitNow() { if hasUnwritten { flush() } }

    /// Whether the answer must be durable: its receiver could outlive a loss of power of this host, or it gives a number that
    /// must never come again.
    private static func needsDevice(_ answer: Answer, _ isRemote: Bool?) -> Bool {
        guard let isRemote else { return false }
        return switch answer.body {
        case .granted: isRemote || answer.isDurable
        case .released: answer.isDurable
        // A person who takes a lock away must be able to rely on it.
        case .revoked: true
        case .queued, .awaitingCreation, .offered, .refused, .notHeld: false
        }
    }

    /// One commit writes all that is unwritten when the shell makes it, so that no second one is asked for before it.
    private mutating func flush() {
        guard hasUnwritten else { return letOut() }
        if !directives[taken...].contains(.commit) { directives.append(.commit) }
    }

    private var hasUnwritten: Bool { !unwritten.isEmpty || !late.isEmpty }

    /// - Parameter now: after a failure the record says that it is late, and why.
    package func entries(at now: Instant) -> [JournalEntry] {
        guard let failure else { return unwritten }
        let seconds = now.milliseconds(since: failure.since) / 1000
        return unwritten + [.gap("not written for \(seconds) s: \(failure.reason)")]
    }

    /// - Returns: whether the journal could not be written before.
    @discardableResult
    package mutating func committed() -> Bool {
        precondition(hasUnwritten, "a commit with nothing in it is done")
        let wasFailing = failure != nil
        failure = nil
        late.removeAll()
        unwritten.removeAll(keepingCapacity: true)
        lives.removeAll(keepingCapacity: true)
        commits += 1
        requestSync()
        letOut()
        return wasFailing
    }

    /// - Returns: whether that is news.
    @discardableResult
    package mutating func failed(_ reason: String, at now: Moment) -> Bool {
        precondition(hasUnwritten, "a commit with nothing in it has failed")
        let isNews = failure == nil
        if isNews { failure = (reason, now.boottime) }
        // However late these are written, this is when they were decided.
        if !unwritten.isEmpty { late.append(LateEntries(unwritten, decidedAt: now)) }
        unwritten.removeAll()
        if !retryIsArmed { directives.append(.armRetry(milliseconds: Self.retryIntervalMilliseconds)) }
        retryIsArmed = true
        return isNews
    }

    package mutating func retryIsDue() {
        precondition(retryIsArmed, "nobody has asked for another attempt")
        retryIsArmed = false
        flush()
    }

    private mutating func letOut() {
        precondition(!hasUnwritten, "answers leave before \(unwritten.count) entries are committed")
        if !heldForDevice.isEmpty {
            if commits <= syncedCommits {
                held.append(contentsOf: heldForDevice)
            } else {
                unsynced.append((commits, heldForDevice))
            }
            heldForDevice.removeAll(keepingCapacity: true)
        }
        guard !held.isEmpty else { return }
        if ready.isEmpty { swap(&ready, &held) } else { ready.append(contentsOf: held) }
        held.removeAll(keepingCapacity: true)
        directives.append(.release)
    }

    /// Moves the answers that may leave into an empty array.
    package mutating func takeReady(into answers: inout [Answer]) {
        precondition(answers.isEmpty, "\(answers.count) answers would come back to the gate")
        swap(&ready, &answers)
    }

    // MARK: - The device

    private mutating func requestSync() {
        switch level {
        case .off:
            directives.append(.noteProgress)
            reached(commits)
        case .always: directives.append(.sync(upTo: commits))
        case .auto:
            if !heldForDevice.isEmpty || !waiting.isEmpty { return directives.append(.sync(upTo: commits)) }
            guard !syncIsArmed else { return }
            syncIsArmed = true
            directives.append(.armSync(milliseconds: Self.syncIntervalMilliseconds))
        }
    }

    package mutating func syncIsDue() {
        precondition(syncIsArmed, "nobody has asked for a sync")
        syncIsArmed = false
        directives.append(.noteProgress)
        directives.append(.sync(upTo: commits))
    }

    /// The device has all commits up to this one.
    package mutating func synced(upTo commit: UInt64) {
        precondition(commit <= commits, "the device has commit \(commit) of \(commits)")
        precondition(level != .off, "the device has commit \(commit), and nobody asks it for any")
        syncedCommits = max(syncedCommits, commit)
        reached(commit)
        if level == .always { directives.append(.noteProgress) }
        while let first = unsynced.first, first.commit <= commit {
            unsynced.removeFirst()
            ready.append(contentsOf: first.answers)
        }
        if !ready.isEmpty { directives.append(.release) }
    }

    private mutating func reached(_ commit: UInt64) {
        while let first = waiting.first, first.commit <= commit {
            waiting.removeFirst()
            directives.append(.isOnDevice(first.number))
        }
    }

    /// - Returns: the number that `isOnDevice` will name when everything decided so far has reached the device, or is committed
    ///   where nothing is synced.
    package mutating func whenOnDevice() -> UInt64 {
        lastNumber += 1
        if failure == nil { commitNow() }
        // What is not written yet goes with the next commit.
        let last = hasUnwritten ? commits + 1 : commits
        if last <= (level == .off ? commits : syncedCommits) {
            directives.append(.isOnDevice(lastNumber))
        } else {
            waiting.append((last, lastNumber))
            if !hasUnwritten { directives.append(.sync(upTo: commits)) }
        }
        return lastNumber
    }

    /// Repeats a sync that is due: a log that was away for a moment was not synced, and no turn may come that asks for it.
    package mutating func remind() {
        if !unsynced.isEmpty || !waiting.isEmpty { directives.append(.sync(upTo: commits)) }
    }

    /// - Returns: whether that is news.
    package mutating func deviceFailed() -> Bool {
        defer { deviceHasFailed = true }
        return !deviceHasFailed
    }
}
