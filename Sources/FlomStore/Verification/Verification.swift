internal import FlomSystem

/// The result of comparing the record with what was written, as far as the record can show it.
package struct Verification: Hashable, Sendable {
    package struct BadRecord: Hashable, Sendable {
        package enum Reason: Hashable, Sendable {
            /// The event with this number is missing, but a later one exists.
            case missing
            /// The event, or one before it, differs from what was hashed.
            case altered
            /// The record ends before an event that is known to have been committed.
            case cutOff
            /// The event is not the one that is known to have been committed.
            case rewritten
            /// The event has a valid hash, but is nothing that flom writes.
            case unreadable
            /// This column of the request's row differs from what the events up to this one say.
            case rowAltered(column: String)
            case rowMissing
            /// A row that no event mentions.
            case rowInserted
            /// The summary that filtered histories use to skip 512 requests does not cover them all; `request` is the first of
            /// them.
            case blockAltered
        }

        /// The number of the event.
        package let number: Int64
        package let reason: Reason
        /// Time of the bad event, or of the one before it, in microseconds since 1970-01-01 UTC; nil if nothing is known.
        package let at: Int64?
        package let request: Int64?

        package init(number: Int64, _ reason: Reason, at: Int64?, request: Int64? = nil) {
            self.number = number
            self.reason = reason
            self.at = at
            self.request = request
        }

        init(_ record: EventRecord, _ reason: Reason, request: Int64?) {
            self.init(number: record.number, reason, at: record.at, request: request)
        }
    }

    /// The number of good events before the first bad one.
    package let goodEvents: Int64
    /// The last good event and its hash, to be expected by a later verification.
    package let lastGood: TrustedHead
    /// Times of the first and the last good event, in microseconds since 1970-01-01 UTC; nil without any.
    package let span: ClosedRange<Int64>?
    /// The last event that was pruned; 0 if none ever was.
    package let anchorNumber: Int64
    /// The first bad event or row; nil if there is none.
    package let firstBad: BadRecord?
    /// An expected event that was pruned, so that nothing can be said of it.
    package let prunedHead: TrustedHead?
}

extension JournalReader {
    /// Recomputes the chain over all events from its anchor, and compares the rows that reports read with what the events say.
    /// Works while a daemon writes. The memory grows with the requests that were open at one time, not with the history.
    ///
    /// The chain alone cannot show that its end was cut off, nor that all of it was computed anew.
    ///
    /// - Parameter trusted: events known from elsewhere, which the record must contain.
    package func verify(expecting trusted: [TrustedHead] = []) throws(JournalError) -> Verification {
        var check = RecordCheck(try anchor(current()), trusted: trusted)
        while true {
            let database = try current()
            // Events and rows are read as of one moment. The transaction ends before the next page.
            try database.execute("BEGIN")
            defer { database.rollBack() }
            let anchor = try anchor(database)
            // The next events have been pruned meanwhile.
            if check.isBehind(anchor) { check = RecordCheck(anchor, trusted: trusted) }
            if try !check.checkPage(database) { break }
        }
        if check.isGood, let block = try firstAlteredBlock() { check.noteAlteredBlock(block) }
        return check.result()
    }

    /// The last event and its hash, to be expected by a later verification; number 0 before the first.
    package func head() throws(JournalError) -> TrustedHead {
        let database = try current()
        let row = try database.statement("SELECT number, hash FROM event ORDER BY number DESC LIMIT 1")
        defer { row.reset() }
        guard try row.step() else {
            let anchor = try anchor(database)
            return TrustedHead(number: anchor.number, hash: anchor.hash)
        }
        guard let hash = Digest(row.bytes(1)) else {
            throw JournalError(.corrupt, path: path, message: "event \(row.integer(0)) has no hash")
        }
        return TrustedHead(number: row.integer(0), hash: hash)
    }

    private func anchor(_ database: Database) throws(JournalError) -> HashChain.Link {
        let row = try database.statement("SELECT anchor_number, anchor_hash FROM journal")
        defer { row.reset() }
        guard try row.step(), let hash = Digest(row.bytes(1)) else {
            throw JournalError(.corrupt, path: path, message: "it has no row about itself")
        }
        // A journal that was never pruned starts from the hash of its own id.
        guard row.integer(0) != 0 else { return HashChain.Link(number: 0, hash: HashChain.anchor(journalID: journalID)) }
        return HashChain.Link(number: row.integer(0), hash: hash)
    }
}

private struct RecordCheck {
    private static let pageRows = 1000

    private var chain: HashChain
    private var model = ModelCheck()
    private let anchor: HashChain.Link
    private let trusted: [TrustedHead]
    private var span: ClosedRange<Int64>?
    private var lastAt: Int64?
    private var firstBad: Verification.BadRecord?

    init(_ anchor: HashChain.Link, trusted: [TrustedHead]) {
        chain = HashChain(after: anchor)
        self.anchor = anchor
        self.trusted = trusted
        if let known = trusted.first(where: { $0.number == anchor.number }), let hash = known.hash, hash != anchor.hash {
            firstBad = Verification.BadRecord(number: anchor.number, .rewritten, at: nil)
        }
    }

    var isGood: Bool { firstBad == nil }

    mutating func noteAlteredBlock(_ first: Int64) {
        firstBad = Verification.BadRecord(number: chain.last.number, .blockAltered, at: lastAt, request: first)
    }

    func isBehind(_ anchor: HashChain.Link) -> Bool { anchor.number > chain.last.number }

    /// Checks the next events. Returns false when there are no more, or at the first bad one.
    mutating func checkPage(_ database: Database) throws(JournalError) -> Bool {
        guard firstBad == nil else { return false }
        let rows = try database.statement(
            "SELECT \(EventRecord.columns), hash FROM event WHERE number > ?1 ORDER BY number LIMIT \(Self.pageRows)"
        )
        rows.bind(1, chain.last.number)
        defer { rows.reset() }
        var count = 0
        while try rows.step() {
            firstBad = try checkRow(rows, database)
            guard firstBad == nil else { return false }
            count += 1
        }
        if count == Self.pageRows { return true }
        firstBad = missingEnd()
        if firstBad == nil { firstBad = try model.finish(after: chain.last.number, database) }
        return false
    }

    private mutating func checkRow(_ row: Statement, _ database: Database) throws(JournalError) -> Verification.BadRecord? {
        let expected = chain.last.number + 1
        guard row.integer(0) == expected else { return Verification.BadRecord(number: expected, .missing, at: lastAt) }
        let record = EventRecord(row)
        let before = chain.last
        let hash = chain.append(record)
        var reason: Verification.BadRecord.Reason?
        if Digest(row.bytes(7)) != hash {
            reason = .altered
        } else if trusted.contains(where: { $0.number == expected && $0.hash.map { $0 != hash } == true }) {
            reason = .rewritten
        }
        if let reason {
            chain.rewind(to: before)
            return Verification.BadRecord(record, reason, request: record.request)
        }
        lastAt = record.at
        span = span.map { min($0.lowerBound, record.at)...max($0.upperBound, record.at) } ?? record.at...record.at
        return try model.check(record, database)
    }

    /// Returns what is missing at either end of the record, if anything is.
    private func missingEnd() -> Verification.BadRecord? {
        // A forger who cuts off the beginning can name any event as the anchor, but cannot put a prune on record.
        if anchor.number > model.prunedUpTo { return Verification.BadRecord(number: 1, .missing, at: nil) }
        guard trusted.contains(where: { $0.number > chain.last.number }) else { return nil }
        return Verification.BadRecord(number: chain.last.number + 1, .cutOff, at: lastAt)
    }

    func result() -> Verification {
        Verification(
            goodEvents: chain.last.number - anchor.number,
            lastGood: TrustedHead(number: chain.last.number, hash: chain.last.hash),
            span: span,
            anchorNumber: anchor.number,
            firstBad: firstBad,
            prunedHead: trusted.first { $0.hash != nil && $0.number < anchor.number }
        )
    }
}
