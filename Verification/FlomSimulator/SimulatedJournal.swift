package import FlomModel

/// What a journal does for a daemon, without files and transactions: what is committed survives any death of a daemon, and what the
/// device has also a loss of power.
package protocol SimulatedJournal: AnyObject {
    /// A daemon opens it that sees processes so. Begins the next epoch of tokens if the boot may be another one than before; that, and
    /// what lies before it, is on the device then.
    func open(from view: ProcessView, at now: Moment) throws -> RecoveredState
    func commit(_ batch: JournalBatch) throws
    /// Whether this very request is on record, open or ended; after a loss its number may be another one's.
    func knows(_ request: RequestID, secretHash: [UInt8]) throws -> Bool
    /// The daemon that had it open is gone.
    func abandon()

    /// The number of the event that was committed last; 0 before the first.
    var lastEvent: Int64 { get }
    /// How often it was committed to, by all daemons.
    var commitCount: Int { get }
    /// How many of these commits a loss of power may take.
    var unsyncedCommits: Int { get }
    /// The device has all up to this commit, counted from 1.
    func reachedDevice(upTo commit: Int) throws
    /// The last so many commits never were; at most `unsyncedCommits`. No daemon has it open.
    func losePower(forgetting commits: Int) throws
}

/// What one turn of the daemon commits.
package struct JournalBatch {
    /// What could not be written sooner.
    package var late: [LateEntries] = []
    package var entries: [JournalEntry] = []
    package var lives: [ResourceChange] = []
    package var at: Moment
    /// From where the daemon sees processes.
    package var view = ProcessView.unknown
}

/// What a starting daemon learns of the past.
package struct RecoveredState {
    package var openRequests: [OpenRequest]
    package var living: [StoredResource]
    package var lastStamps: [ResourceName: TimestampValue]
    package var nextRequest: Int64
    package var lastTokenCounter: Int64
    package var epoch: Int64
    /// Its number.
    package var lastEvent: Int64
    /// Boottimes on record say nothing about now.
    package var clockHasBegunAnew: Bool

    package init(
        openRequests: [OpenRequest], living: [StoredResource], lastStamps: [ResourceName: TimestampValue], nextRequest: Int64,
        lastTokenCounter: Int64, epoch: Int64, lastEvent: Int64, clockHasBegunAnew: Bool
    ) {
        self.openRequests = openRequests
        // In an order of its own a journal may give them, and a run must not depend on it.
        self.living = living.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
        self.lastStamps = lastStamps
        self.nextRequest = nextRequest
        self.lastTokenCounter = lastTokenCounter
        self.epoch = epoch
        self.lastEvent = lastEvent
        self.clockHasBegunAnew = clockHasBegunAnew
    }
}
