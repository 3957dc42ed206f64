internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Whether the journal that is there is the one that the last daemon of an endpoint has written.
///
/// After a crash its locks may still be held, also by commands whose flom is dead and who will never come back to tell. So an empty file, an
/// older copy, another journal and one whose log was removed are all the same as none: nobody is served until the journal is back, or a
/// person has said that this is what there is (`accept`). After an end in order nothing is held, and after a reboot nothing of this host:
/// then a copy is gone on with.
package enum JournalContinuity {
    /// Before the file is opened: an empty one would be begun anew by that.
    static func checkFile(_ path: String, _ previous: EndpointRecord?, bootID: String) throws(DaemonError) {
        guard let previous = binding(previous, path, bootID), !previous.journalID.isEmpty,
            let found = Files.status(of: path), found.st_size == 0
        else { return }
        throw DaemonError(
            "the journal '\(path)' of this endpoint cannot be used: it is empty, and the last daemon has recorded "
                + "\(previous.lastEvent) events, \(advice(previous.endpoint))")
    }

    static func check(_ journal: Journal, _ previous: EndpointRecord?, bootID: String) throws(DaemonError) {
        guard let previous = binding(previous, journal.path, bootID), !previous.journalID.isEmpty,
            let flaw = previous.flaw(ofJournal: journal.id, lastEvent: journal.lastEventNumber)
        else { return }
        throw DaemonError(
            "the journal '\(journal.path)' of this endpoint cannot be used: \(flaw), \(advice(previous.endpoint))")
    }

    /// After an end in order: what is to be said of a journal that is not the one that was there.
    static func lostPast(_ journal: Journal, _ previous: EndpointRecord?) -> String? {
        guard let previous, previous.journalPath == journal.path, previous.state == .ended,
            let flaw = previous.flaw(ofJournal: journal.id, lastEvent: journal.lastEventNumber)
        else { return nil }
        return "of the journal '\(journal.path)' something is lost: \(flaw); nothing was held, so it is gone on with"
    }

    /// The record, if what it says of a journal has to be true.
    private static func binding(_ previous: EndpointRecord?, _ path: String, _ bootID: String) -> EndpointRecord? {
        guard let previous, previous.journalPath == path, previous.state != .ended, !previous.acceptsJournal,
            previous.bootID == bootID || previous.bootID.isEmpty || bootID.isEmpty
        else { return nil }
        return previous
    }

    /// Completes a sentence about a journal that is not what it was.
    static func advice(_ endpoint: String) -> String {
        "so nobody knows who holds what; bring back the newest file together with its -wal, or, when no command of "
            + "'\(endpoint)' runs any more, begin with what is there: flom --accept-journal"
    }

    /// A person knows that the journal is not the newest, or gone, and wants to go on with what there is.
    ///
    /// - Returns: the record, as it is now.
    /// - Throws: `DaemonError`, also when a daemon runs.
    package static func accept(for endpoint: Endpoint) throws(DaemonError) -> EndpointRecord {
        // A record that was tidied away is known all the same.
        let copy = (try? JournalLocation.place(for: endpoint, create: false))?.record
        guard EndpointRecord.read(of: endpoint) != nil || copy != nil else {
            throw DaemonError("no daemon of '\(endpoint.name)' has left a record, so any journal is accepted")
        }
        let lock = try RecordLock.open(for: endpoint)
        // One that was just killed has the lock until its last thread is gone.
        let patience = Deadline.after(milliseconds: 1000)
        while (try? FileLock.tryExclusive(lock.number)) != true && !patience.hasPassed { Clock.sleep(milliseconds: 20) }
        guard (try? FileLock.tryExclusive(lock.number)) == true else {
            throw DaemonError("a daemon of '\(endpoint.name)' runs; end it first (flom -X), and put the journal in its place")
        }
        guard var record = EndpointRecord.read(lock.number) ?? copy else {
            throw DaemonError("the endpoint record '\(endpoint.recordPath)' cannot be read")
        }
        record.acceptsJournal = true
        do { try record.write(lock.number) } catch {
            throw DaemonError("the endpoint record '\(endpoint.recordPath)' cannot be written: \(error.reason)")
        }
        return record
    }
}

extension EndpointRecord {
    /// Why a journal is not the one that this endpoint's last daemon has written, or not all of it; nil if it may be.
    package func flaw(ofJournal id: String, lastEvent found: Int64) -> String? {
        if journalID != id { return "it is another one (\(id)) than the last daemon has written (\(journalID))" }
        return found < lastEvent ? "it ends with event \(found), and the last daemon has recorded \(lastEvent)" : nil
    }
}
