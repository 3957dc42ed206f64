/// Whether the record of events is what was written, as far as it can be known from the record.
package struct Verification: Hashable, Sendable {
    package struct BadRecord: Hashable, Sendable {
        package enum Reason: Hashable, Sendable {
            /// The event with this number is not there, but a later one is.
            case missing
            /// What it says, or something before it, is not what was hashed.
            case altered
            /// The record ends before an event that is known to have been committed.
            case cutOff
            /// The last event is another one than is known to have been committed.
            case rewritten
        }

        package let number: Int64
        package let reason: Reason
    }

    /// An event that somebody who cannot be talked to by whoever has the file remembers.
    package struct Witness: Hashable, Sendable {
        package let number: Int64
        /// Nil when only the number is known.
        package let hash: Digest?

        package init(number: Int64, hash: Digest?) {
            self.number = number
            self.hash = hash
        }
    }

    /// How many events were found good before the first bad one.
    package let goodEvents: Int64
    /// The last good event and its hash: a witness for the next time.
    package let lastGood: Witness
    /// Nil when all is well.
    package let firstBad: BadRecord?
}

extension JournalReader {
    /// Recomputes the chain over all events, from where it was anchored.
    ///
    /// A chain alone cannot show that its end was cut off, nor that all of it was computed anew.
    ///
    /// - Parameter witness: an event known from elsewhere, which the record must contain.
    package func verify(witness: Verification.Witness? = nil) throws(JournalError) -> Verification {
        var check = ChainCheck(try anchor(), witness: witness)
        while try check.takePage(current()) {}
        return check.result()
    }

    private func anchor() throws(JournalError) -> HashChain.Link {
        let row = try current().statement("SELECT anchor_number, anchor_hash FROM journal")
        defer { row.reset() }
        guard try row.step(), let hash = Digest(row.bytes(1)) else {
            throw JournalError(.corrupt, path: path, message: "it has no row about itself")
        }
        // A journal that was never pruned starts from its own id and from nothing else.
        guard row.integer(0) != 0 else { return HashChain.Link(number: 0, hash: HashChain.anchor(journalID: journalID)) }
        return HashChain.Link(number: row.integer(0), hash: hash)
    }
}

private struct ChainCheck {
    private static let pageRows = 1000

    private var chain: HashChain
    private let anchorNumber: Int64
    private let witness: Verification.Witness?
    private var firstBad: Verification.BadRecord?

    init(_ anchor: HashChain.Link, witness: Verification.Witness?) {
        chain = HashChain(after: anchor)
        anchorNumber = anchor.number
        self.witness = witness
    }

    /// Checks the next events. False when there are no more, or the first bad one is found.
    mutating func takePage(_ database: Database) throws(JournalError) -> Bool {
        let rows = try database.statement(
            """
            SELECT number, at, boottime, kind, request, newest_token, detail, hash FROM event
            WHERE number > ?1 ORDER BY number LIMIT \(Self.pageRows)
            """
        )
        rows.bind(1, chain.last.number)
        defer { rows.reset() }
        var count = 0
        while try rows.step() {
            guard take(rows) else { return false }
            count += 1
        }
        return count == Self.pageRows
    }

    private mutating func take(_ row: Statement) -> Bool {
        let expected = chain.last.number + 1
        let before = chain.last
        guard row.integer(0) == expected else { return bad(expected, .missing) }
        let record = EventRecord(
            number: expected,
            at: row.integer(1),
            boottime: row.integer(2),
            kind: row.bytes(3),
            request: row.optionalInteger(4),
            newestToken: row.integer(5),
            detail: row.optionalBytes(6)
        )
        let hash = chain.append(record)
        var reason: Verification.BadRecord.Reason?
        if Digest(row.bytes(7)) != hash {
            reason = .altered
        } else if let witness, witness.number == expected, let known = witness.hash, known != hash {
            reason = .rewritten
        }
        guard let reason else { return true }
        chain.rewind(to: before)
        return bad(expected, reason)
    }

    private mutating func bad(_ number: Int64, _ reason: Verification.BadRecord.Reason) -> Bool {
        firstBad = Verification.BadRecord(number: number, reason: reason)
        return false
    }

    func result() -> Verification {
        var firstBad = firstBad
        if firstBad == nil, let witness, witness.number > chain.last.number {
            firstBad = Verification.BadRecord(number: chain.last.number + 1, reason: .cutOff)
        }
        return Verification(
            goodEvents: chain.last.number - anchorNumber,
            lastGood: Verification.Witness(number: chain.last.number, hash: chain.last.hash),
            firstBad: firstBad
        )
    }
}
