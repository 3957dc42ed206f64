package import FlomModel
package import FlomNetCore
package import FlomSettings
package import FlomStore
internal import FlomSystem
internal import Glibc

/// Writes to a journal in place of its daemon, while none runs.
package enum JournalMaintenance {
    /// Opens an existing journal. No daemon can start on it until this process ends; commands that need one wait.
    ///
    /// - Throws: `DaemonError`, also when a daemon uses it.
    package static func open(path: String, endpoint: Endpoint) throws(DaemonError) -> Journal {
        guard Files.status(of: path) != nil else {
            throw DaemonError("there is no journal '\(path)' (\(SystemError("").reason))")
        }
        let view = ProcessView.own()
        // Its events carry the time as its daemons would write it.
        Clock.offsetNanoseconds = view.boottimeOffsetNanoseconds ?? 0
        var hasFailedSync = false
        var previous: EndpointRecord?
        // A client that starts a daemon needs the record's lock. It retries after a moment, and does not fail.
        if let record = EndpointRecord.read(of: endpoint), record.journalPath == path {
            let lock = try RecordLock.open(for: endpoint)
            guard (try? FileLock.tryExclusive(lock.number)) == true else {
                throw DaemonError("the journal '\(path)' is in use by the daemon on '\(endpoint.name)'")
            }
            try JournalLock.checkOwner(of: path, record: lock.number)
            _ = lock.release()
            hasFailedSync = record.hasFailedSync
            previous = record
        }
        do { try JournalLock.acquire(for: path, of: endpoint) } catch let error as InOtherHands {
            throw DaemonError(error.sentence)
        } catch { throw error as! DaemonError }
        do {
            // Closing the journal makes a checkpoint.
            if hasFailedSync { try JournalLog.writeAnew(of: path) }
            try JournalContinuity.checkFile(path, previous, view)
            let journal = try Journal.open(
                .init(path: path, machineID: Host.machineID() ?? "", bootID: view.bootID ?? ""), now: .now())
            // An event that is written to an older journal would make it look newer than it is.
            try JournalContinuity.check(journal, previous, view)
            return journal
        } catch let error as JournalError {
            throw DaemonError(error.sentence)
        } catch let error as DaemonError {
            throw error
        } catch {
            throw DaemonError("unexpected: \(error)")
        }
    }

    /// Removes what ended before a moment, all at once.
    ///
    /// - Parameters:
    ///   - person: who ordered it, for the record.
    ///   - before: microseconds since 1970-01-01 UTC.
    /// - Returns: the record of what was removed; nil if there was nothing.
    package static func prune(
        _ journal: Journal, by person: String, before: Int64
    ) throws(JournalError) -> PruneRecord? {
        let pruning = Pruning(journal, by: person, before: before)
        while true {
            if case .done(let record) = try pruning.step(at: .now(), nanoseconds: stepNanoseconds) { return record }
            try journal.checkpointIfDue()
        }
    }

    /// The longest time of one step. Only readers wait for it, but a transaction must fit into memory.
    private static let stepNanoseconds: Int64 = 50_000_000
}
