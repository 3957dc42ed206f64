package import FlomModel

/// The journal's logic without a disk: quick enough for a million requests.
package final class MemoryJournal: SimulatedJournal {
    private var committed = JournalState()
    /// As this boot began. What a loss of power leaves is made from it and `batches` when it comes: it is rare.
    private var earlier = JournalState()
    /// All of this boot, and how many of them the device has.
    private var batches: [JournalBatch] = []
    private var syncedBatches = 0
    package private(set) var commitCount = 0
    package var lastEvent: Int64 { committed.lastEvent }
    package var unsyncedCommits: Int { batches.count - syncedBatches }

    package init() {}
    package func abandon() {}

    package func open(from view: ProcessView, at now: Moment) throws -> RecoveredState {
        let epoch = committed.epoch
        let recovered = committed.open(from: view, at: now)
        // The epoch reaches the device before anybody is served, and all that lies before it.
        if committed.epoch != epoch { beginAnew(from: committed) }
        return recovered
    }

    package func commit(_ batch: JournalBatch) throws {
        try committed.apply(batch)
        batches.append(batch)
        commitCount += 1
    }

    package func knows(_ request: RequestID, secretHash: [UInt8]) -> Bool {
        committed.secrets[request.number] == secretHash
    }

    package func reachedDevice(upTo commit: Int) throws {
        syncedBatches = max(syncedBatches, batches.count - (commitCount - commit))
    }

    package func losePower(forgetting commits: Int) throws {
        for batch in batches.dropLast(commits) { try earlier.apply(batch) }
        beginAnew(from: earlier)
    }

    private func beginAnew(from state: JournalState) {
        (committed, earlier) = (state, state)
        batches.removeAll(keepingCapacity: true)
        syncedBatches = 0
    }
}
