internal import FlomSystem

/// Whether the record is what was written, as far as it can be known from the record.
package struct Verification: Hashable, Sendable {
    package struct BadRecord: Hashable, Sendable {
        package enum Reason: Hashable, Sendable {
            /// The event with this number is not there, but a later one is.
            case missing
            /// What it says, or something before it, is not what was hashed.
            case altered
            /// The record ends before an event that is known to have been committed.
            case cutOff
            /// The event is another one than is known to have been committed.
            case rewritten
            /// It was hashed, but is nothing that flom writes.
            case unreadable
            /// Of the request's row, which reports show, this column says something else than the events up to this one.
            case rowAltered(column: String)
            case rowMissing
            /// A row that no event speaks of.
            case rowInserted
            /// What filtered histories pass over 512 requests by says less than their rows; `request` is the first of them.
            case blockAltered
        }

        /// Of the event.
        package let number: Int64
        package let reason: Reason
        /// Microseconds since 1970-01-01 UTC: when the bad event says that it happened, or the one before; nil if nothing is known.
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

    /// How many events were found good before the first bad one.
    package let goodEvents: Int64
    /// The last good event and its hash: a witness for the next time.
    package let lastGood: TrustedHead
    /// When the first and the last good event happened, in microseconds since 1970-01-01 UTC; nil without any.
    package let span: ClosedRange<Int64>?
    /// The last event that was pruned; 0 if nothing ever was.
    package let anchorNumber: Int64
    /// Nil when all is well.
    package let firstBad: BadRecord?
    /// A witness that says nothing any more: its event was pruned.
    package let prunedHead: TrustedHead?
}

extension JournalReader {
    /// Recomputes the chain over all events, from where it was anchored, and compares the rows that reports read with what the
    /// events amount to. Also while a daemon writes; needs memory for what was open at one time, not for history.
    ///
    /// A chain alone cannot show that its end was cut off, nor that all of it was computed anew.
    ///
    /// - Parameter trusted: events known from elsewhere, which the record must contain.
    package func verify(expecting trusted: [TrustedHead] = []) throws(JournalError) -> Verification {
        var check = RecordCheck(try anchor(current()), trusted: trusted)
        while true {
            let database = try current()
            // One moment for events and rows; over before the next page.
            try database.execute("BEGIN")
            defer { database.rollBack() }
            let anchor = try anchor(database)
            // What was to be read next has been pruned meanwhile.
            if check.isBehind(anchor) { check = RecordCheck(anchor, trusted: trusted) }
            if try !check.checkPage(database) { break }
        }
        if check.isGood, let block = try firstAlteredBlock() { check.noteAlteredBlock(block) }
        return check.result()
    }

    /// The last event and its hash, as a witness for later; number 0 before the first.
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
        // A journal that was never pruned starts from its own id and from nothing else.
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

    /// Checks the next events. False when there are no more, or the first bad one is found.
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

    /// At either end.
    private func missingEnd() -> Verification.BadRecord? {
        // Whoever cuts off the beginning can name any event as the anchor, but not put a prune on record.
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
