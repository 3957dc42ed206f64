internal import FlomModel
package import FlomNetCore
package import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Decides whether the journal is the one that the endpoint's last daemon has written.
///
/// After a crash locks may still be held, also by commands whose flom is dead and will never come back. So an empty file, an
/// older copy, another journal or a journal without its log is refused: no client is served until the journal is back, or a
/// person has accepted what is there (`accept`). After an orderly end nothing is held, and after a reboot nothing on this host,
/// so the daemon then goes on with a copy.
package enum JournalContinuity {
    /// What the journal's path leads to.
    enum Found: Equatable {
        case nothing
        case empty
        case journal(id: String, lastEvent: Int64)
    }

    /// Call it before the file is opened: opening an empty file would begin a new journal in it.
    static func checkFile(_ path: String, _ previous: EndpointRecord?, _ view: ProcessView) throws(DaemonError) {
        guard let found = Files.status(of: path), found.st_size == 0 else { return }
        if let refusal = refusal(of: .empty, at: path, previous, view) { throw DaemonError(refusal) }
    }

    static func check(_ journal: Journal, _ previous: EndpointRecord?, _ view: ProcessView) throws(DaemonError) {
        let found = Found.journal(id: journal.id, lastEvent: journal.lastEventNumber)
        if let refusal = refusal(of: found, at: journal.path, previous, view) { throw DaemonError(refusal) }
    }

    /// The sentence with which a daemon refuses the journal; nil if it accepts it.
    static func refusal(of found: Found, at path: String, _ previous: EndpointRecord?, _ view: ProcessView) -> String? {
        guard let previous = binding(previous, path, view), let flaw = previous.flaw(of: found) else { return nil }
        return "the journal '\(path)' of this endpoint cannot be used: \(flaw), \(advice(previous.endpoint))"
    }

    /// The sentence with which the endpoint's next daemon would refuse the journal; nil if it would accept it, if a daemon runs,
    /// and where that cannot be seen.
    package static func refusal(for endpoint: Endpoint) -> String? {
        guard let record = EndpointRecord.read(of: endpoint), !endpoint.isRecordTaken,
            let found = look(at: record.journalPath),
            let refusal = refusal(of: found, at: record.journalPath, record, .own())
        else { return nil }
        // A daemon that has started or ended meanwhile has written to the journal.
        return endpoint.isRecordTaken || EndpointRecord.read(of: endpoint) != record ? nil : refusal
    }

    private static func look(at path: String) -> Found? {
        do {
            let journal = try JournalReader.open(path: path)
            defer { journal.close() }
            return .journal(id: journal.journalID, lastEvent: try journal.head().number)
        } catch {
            switch error.kind {
            case .missing: return .nothing
            case .empty: return .empty
            default: return nil
            }
        }
    }

    /// The warning about a journal that lacks something after an orderly end; nil if it lacks nothing.
    static func lostPast(_ journal: Journal, _ previous: EndpointRecord?) -> String? {
        guard let previous, previous.journalPath == journal.path, previous.state == .ended,
            let flaw = previous.flaw(ofJournal: journal.id, lastEvent: journal.lastEventNumber)
        else { return nil }
        return "of the journal '\(journal.path)' something is lost: \(flaw); nothing was held, so the daemon goes on with it"
    }

    /// The record, if the journal must match it.
    private static func binding(_ previous: EndpointRecord?, _ path: String, _ view: ProcessView) -> EndpointRecord? {
        guard let previous, previous.journalPath == path, previous.state != .ended, !previous.acceptsJournal,
            !previous.provesReboot(seenFrom: view)
        else { return nil }
        return previous
    }

    /// Completes "cannot be used: …". The advice follows.
    static let isMissing = "it has disappeared"

    /// Completes a sentence about a journal that is not what it was.
    static func advice(_ endpoint: String) -> String {
        "so it is not known who holds what; bring back the newest file together with its -wal, or, when no command of "
            + "'\(endpoint)' runs any more, begin with what is there: flom --accept-journal"
    }

    /// Lets the next daemon go on with the present journal, on the order of a person who knows that it is older or gone.
    ///
    /// - Returns: the record after the change.
    /// - Throws: `DaemonError`, also when a daemon runs.
    package static func accept(for endpoint: Endpoint) throws(DaemonError) -> EndpointRecord {
        // If a tidy-up has removed the record, its copy counts.
        let copy = (try? JournalLocation.place(for: endpoint, create: false))?.record
        guard EndpointRecord.read(of: endpoint) != nil || copy != nil else {
            throw DaemonError("no daemon of '\(endpoint.name)' has left a record, so any journal is accepted")
        }
        let lock = try RecordLock.open(for: endpoint)
        guard (try? FileLock.tryExclusive(lock.number, until: .after(milliseconds: 1000))) == true else {
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
    /// Whether the host has been booted since the last event that this record knows of. An id that differs proves nothing by
    /// itself: containers and services are shown other ids.
    func provesReboot(seenFrom view: ProcessView) -> Bool {
        let seen = seenNanoseconds ?? begunNanoseconds
        // The host's clock, as `seen` is, whether or not this process corrects its own.
        let now = Clock.boottimeNanoseconds() + Clock.offsetNanoseconds - (view.boottimeOffsetNanoseconds ?? 0)
        return BootEvidence.provesReboot(
            recorded: ProcessView(bootID: bootID.isEmpty ? nil : bootID, boottimeOffsetNanoseconds: 0),
            seenUntil: seen > 0 ? Instant(nanoseconds: seen) : nil, own: view, now: Instant(nanoseconds: now))
    }

    fileprivate func flaw(of found: JournalContinuity.Found) -> String? {
        switch found {
        case .nothing: return JournalContinuity.isMissing
        case _ where journalID.isEmpty: return nil
        case .empty: return "it is empty, and the last daemon has recorded \(lastEvent) events"
        case .journal(let id, let lastEvent): return flaw(ofJournal: id, lastEvent: lastEvent)
        }
    }

    /// Why a journal is not the one that this endpoint's last daemon has written, or not all of it; nil if it may be.
    package func flaw(ofJournal id: String, lastEvent found: Int64) -> String? {
        if journalID != id { return "it is another one (\(id)) than the last daemon has written (\(journalID))" }
        return found < lastEvent ? "it ends with event \(found), and the last daemon has recorded \(lastEvent)" : nil
    }
}
