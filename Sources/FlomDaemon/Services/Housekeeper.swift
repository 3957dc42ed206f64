internal import FlomModel
internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import NIOCore

/// What the housekeeper needs from its daemon and reports to it, all on the daemon's loop.
protocol HousekeeperOwner: AnyObject {
    /// What the housekeeper may do at the moment.
    var conditions: Housekeeper.Conditions { get }
    /// A second has passed: the owner does its own chores.
    func secondPassed()
    /// Why writes to the journal would not be on record; nil when all is well again.
    func journalChanged(_ obstacle: JournalError?)
    /// The housekeeper may have written to the journal between two turns.
    func journalWritten()
    /// A prune has ended.
    func pruned(_ order: PruneQueue.Order, _ outcome: PruneQueue.Outcome)
}

/// Does what a daemon does by the clock: checks the journal's files and its own, prunes, makes blocks, follows addresses, and
/// gives the service manager signs of life.
///
/// It has its own state and timers, reads the daemon's state through `Conditions`, and hands results over as values. Used on the
/// daemon's loop only; lives as long as the process.
final class Housekeeper {
    /// The daemon's state, as far as chores depend on it.
    struct Conditions {
        /// Whether rows may be removed: no turn waits to be written.
        var mayPrune: Bool
        /// Whether writes reach the device.
        var mayKeepBlocks: Bool
        /// Whether a log that has lost its name may be checkpointed into the database.
        var mayCheckpoint: Bool
        /// Whether clients may still come back, so that the time in which they could is counted.
        var awaitsClients: Bool
        /// Whether the daemon lets in no more clients.
        var isStopping: Bool
        var newestRequest: Int64
    }

    private enum Chore {
        /// The checks of every second.
        case second
        /// Another look at the record's name.
        case recordName
        case prune
        case retention(PruneQueue.Retention.Number)
        /// The next block.
        case block
        case signOfLife(every: TimeAmount)
    }

    private static let secondMilliseconds: Int64 = 1000
    private static let recordNameMilliseconds: Int64 = 20

    private unowned let owner: any HousekeeperOwner
    private let loop: any EventLoop
    private let journal: Journal
    private let queries: QueryService
    private let record: RecordKeeper
    private let listening: Listening
    private let server: Server
    private let watcher: EventWatcher
    private let tls: TLSService?
    private let notifier: ServiceNotifier?
    private let names = NameWatch()
    private let watch: JournalWatch
    private var obstacle: JournalError?
    private var prunes: PruneQueue
    private var blocks = BlockSchedule()

    /// - Throws: `JournalError` when one of the journal's files has disappeared.
    init(
        of owner: any HousekeeperOwner, on loop: any EventLoop, journal: Journal, queries: QueryService, record: RecordKeeper,
        listening: Listening, server: Server, watcher: EventWatcher, tls: TLSService?, notifier: ServiceNotifier?
    ) throws(JournalError) {
        self.owner = owner
        self.loop = loop
        self.journal = journal
        self.queries = queries
        self.record = record
        self.listening = listening
        self.server = server
        self.watcher = watcher
        self.tls = tls
        self.notifier = notifier
        prunes = PruneQueue(journal)
        watch = try JournalWatch(journal) { [loop] work in loop.execute(work) }
    }

    /// Starts the chores of every second.
    ///
    /// - Parameter microseconds: as for `retain`.
    func begin(retention microseconds: Int64?) {
        repairNames()
        arm(.second, milliseconds: Self.secondMilliseconds)
        retain(microseconds: microseconds)
    }

    /// Starts the signs of life to the service manager.
    ///
    /// - Parameter microseconds: the time within which the manager expects one.
    func giveSignsOfLife(within microseconds: Int64) {
        perform(.signOfLife(every: .microseconds(max(1, microseconds / 2))))
    }

    private func arm(_ chore: Chore, milliseconds: Int64) { arm(chore, in: .milliseconds(milliseconds)) }

    private func arm(_ chore: Chore, in delay: TimeAmount) {
        loop.assumeIsolated().scheduleTask(in: delay) { [self] in perform(chore) }
    }

    private func perform(_ chore: Chore) {
        switch chore {
        case .second:
            lookAround()
            arm(.second, milliseconds: Self.secondMilliseconds)
        case .recordName:
            record.repair()
            names.watch([record.path])
        case .prune: prune()
        case .retention(let number):
            guard let order = prunes.retention.order(number, now: Clock.wallMicroseconds()) else { return }
            prune(order)
            // A failure is retried in an hour.
            arm(chore, milliseconds: PruneQueue.Retention.intervalMilliseconds)
        case .block: makeNextBlock()
        // From the loop itself, so that a stuck loop shows by missing signs.
        case .signOfLife(let interval):
            notifier?.tell(["WATCHDOG=1"], isUrgent: false)
            arm(chore, in: interval)
        }
    }

    private func lookAround() {
        lookAtJournal()
        owner.secondPassed()
        let conditions = owner.conditions
        countListening(conditions)
        repairNames()
        tls?.look()
        OwnChildren.reapInherited()
        if !conditions.isStopping, let places = listening.follow(by: server, now: Clock.boottimeNanoseconds()) {
            record.recordListening(places)
        }
        lookForBlocks(newest: conditions.newestRequest)
    }

    // MARK: - The journal's files

    /// Checks the journal's files now, in addition to once a second.
    func lookAtJournal() {
        let found = watch.look(mayCheckpoint: owner.conditions.mayCheckpoint)
        guard found != obstacle else { return }
        obstacle = found
        owner.journalChanged(found)
    }

    /// Counts the time in which clients could have come back. Time that a killed daemon has not recorded, or was stopped, is
    /// waited for again: each round counts as one second, however long it took.
    private func countListening(_ conditions: Conditions) {
        guard obstacle == nil, conditions.awaitsClients else { return }
        try? journal.addListeningTime(milliseconds: Self.secondMilliseconds)
    }

    // MARK: - The daemon's files

    /// The kernel has reported that one of the daemon's files has lost its name.
    func namesChanged() {
        names.drain()
        repairNames()
    }

    /// Restores what a tidy-up removed.
    private func repairNames() {
        record.repair()
        if !owner.conditions.isStopping { listening.repair(by: server) }
        names.watch([record.path] + listening.names)
        watcher.watchNames(names.descriptor)
        // A client is about to find that this daemon runs; until then it has the record's name.
        if !record.isNamed { arm(.recordName, milliseconds: Self.recordNameMilliseconds) }
    }

    // MARK: - Pruning

    /// Removes what the order asks for, after earlier orders. The owner is told by `pruned`.
    func prune(_ order: PruneQueue.Order) {
        if prunes.add(order) { arm(.prune, milliseconds: 0) }
    }

    /// Prunes soon, and then every hour, until another retention is set.
    ///
    /// - Parameter microseconds: the age at which an ended request is removed; nil keeps everything.
    func retain(microseconds: Int64?) {
        guard let number = prunes.retention.set(microseconds: microseconds) else { return }
        arm(.retention(number), milliseconds: PruneQueue.Retention.firstMilliseconds)
    }

    private func prune() {
        let step = prunes.step(mayWrite: owner.conditions.mayPrune)
        if step.mayHaveWritten { owner.journalWritten() }
        if let (order, outcome) = step.ended { owner.pruned(order, outcome) }
        if let pause = step.pauseMilliseconds { arm(.prune, milliseconds: pause) }
    }

    // MARK: - Blocks

    /// Blocks are read beside the loop, and written on it, one row at a time.
    private func lookForBlocks(newest: Int64) {
        guard blocks.isDue(newest: newest, now: Clock.boottimeNanoseconds()) else { return }
        queries.read(
            { try $0.missingBlocks() },
            then: { [self] missing in
                blocks.found(missing ?? [])
                makeNextBlock()
            })
    }

    private func makeNextBlock() {
        guard let first = blocks.next(mayWrite: owner.conditions.mayKeepBlocks) else { return }
        queries.read(
            { try $0.summarizeBlock(first) },
            then: { [self] block in
                // A block that cannot be written is made later.
                if let block = block ?? nil, owner.conditions.mayKeepBlocks { try? journal.keep(block) }
                arm(.block, milliseconds: BlockSchedule.pauseMilliseconds)
            })
    }
}
