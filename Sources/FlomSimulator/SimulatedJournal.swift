package import FlomEngine

/// What a journal does for a daemon, without files and transactions: what is committed survives everything.
package protocol SimulatedJournal: AnyObject {
    /// A daemon opens it, in this boot. Begins the next epoch of tokens if the boot is another one than before.
    func open(bootID: String, at now: Moment) throws -> RecoveredState
    func commit(_ batch: JournalBatch) throws
    /// The daemon that had it open is gone.
    func abandon()
}

/// What one turn of the daemon commits.
package struct JournalBatch {
    package enum Mark { case daemonStarted, daemonStopped }

    package var marks: [Mark] = []
    package var events: [Event] = []
    package var lives: [LifeChange] = []
    package var at: Moment

    package var isEmpty: Bool { marks.isEmpty && events.isEmpty }
}

/// What a starting daemon learns of the past.
package struct RecoveredState {
    package var openRequests: [OpenRequest]
    package var living: [LivingResource]
    package var lastStamps: [ResourceName: TimeStamp]
    package var nextRequest: Int64
    package var lastTokenCounter: Int64
    package var epoch: Int64
    /// Of the daemon before; empty for the first.
    package var lastBootID: String

    package init(
        openRequests: [OpenRequest], living: [LivingResource], lastStamps: [ResourceName: TimeStamp], nextRequest: Int64,
        lastTokenCounter: Int64, epoch: Int64, lastBootID: String
    ) {
        self.openRequests = openRequests
        // In an order of its own a journal may give them, and a run must not depend on it.
        self.living = living.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
        self.lastStamps = lastStamps
        self.nextRequest = nextRequest
        self.lastTokenCounter = lastTokenCounter
        self.epoch = epoch
        self.lastBootID = lastBootID
    }
}
