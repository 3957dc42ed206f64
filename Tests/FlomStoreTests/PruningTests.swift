import FlomModel
import FlomSystem
import Testing

@testable import FlomStore

/// Requests that ended long ago are removed, and nothing else; the chain holds, and no number is given twice.
@Suite struct PruningTests {
    let directory = TemporaryDirectory()

    /// Requests 1 to 100, asked for at their seconds; 20 and 60 are open, and 40 was held for long.
    private func filled() throws -> Journal {
        let journal = try Journal.open(directory.settings, now: second(0))
        for number in 1...100 as ClosedRange<Int64> {
            let name = "R\(number % 7)"
            if [20, 40, 60].contains(number) {
                try journal.commit(
                    [event(number, .requested(request(name))), event(number, .granted(token(number)))], at: second(number))
            } else {
                try journal.commitLives(number...number, of: name)
            }
            if number == 90 { try journal.commit([event(40, .released(.exited(status: 0)))], at: second(90)) }
        }
        return journal
    }

    @discardableResult
    private func prune(_ journal: Journal, before seconds: Int64, budget: Int64 = 1_000_000_000) throws -> PruneRecord? {
        let pruning = Pruning(journal, by: "ada", before: second(seconds).wallMicroseconds)
        while true {
            if case .done(let record) = try pruning.step(at: second(1000), nanoseconds: budget) { return record }
        }
    }

    private func numbers(_ journal: Journal) throws -> [Int64] {
        try JournalReader.open(path: journal.path).rows().map(\.request.number)
    }

    private func verify(_ trusted: [TrustedHead] = []) throws -> Verification {
        try JournalReader.open(path: directory.journal).verify(expecting: trusted)
    }

    /// A budget of 0 still makes progress, one look at a time.
    @Test(arguments: [1, 1_000_000_000] as [Int64]) func whatEndedBeforeGoes(budget: Int64) throws {
        let journal = try filled()
        let record = try #require(try prune(journal, before: 51, budget: budget))
        #expect(record == .init(by: "ada", before: second(51).wallMicroseconds, upTo: 57, requests: 48, events: 57))
        #expect(try numbers(journal) == [20, 40] + Array(51...100))
        let result = try verify()
        #expect(result.firstBad == nil)
        // Cut before the first event of the oldest request that stays.
        #expect(result.anchorNumber == 57)
        #expect(result.goodEvents == 298 - 57 + 1)
        #expect(result.span == second(20).wallMicroseconds...second(1000).wallMicroseconds)
        // The prune itself is on record.
        let detail = try journal.database.text("SELECT detail FROM event WHERE kind = 'pruned'")
        #expect(
            detail == """
                {"by":"ada","before":\(second(51).wallMicroseconds),"up_to":57,"requests":48,"events":57}
                """)
        // A second time there is nothing left to remove.
        #expect(try prune(journal, before: 51) == nil)
        // When the oldest request has ended, the cut moves on, and unused names are removed too.
        try journal.commit(
            [event(20, .released(.exited(status: 0))), event(60, .released(.exited(status: 0)))], at: second(1001))
        #expect(try prune(journal, before: 1002)?.requests == 52)
        #expect(try numbers(journal).isEmpty)
        #expect(try journal.database.integer("SELECT count(*) FROM resource") == 0)
        #expect(try verify().firstBad == nil)
    }

    /// A name is removed when no request, in a block or between blocks, and no life or stamp refers to it. A name that is used
    /// again meanwhile stays.
    @Test(arguments: [1, 1_000_000_000] as [Int64]) func namesGoWithTheirLastRequest(budget: Int64) throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        // 1 to 512 are a block of old requests, 513 to 1024 one of requests that stay, and a few come after it.
        for number in 1...1040 as ClosedRange<Int64> {
            try journal.commitLives(number...number, of: number <= 512 ? "Old\(number % 40)" : "New\(number % 3)")
        }
        try journal.commitLives(1041...1041, of: "Old7")
        try journal.commit(
            [], changes: [.lives(.init(name: request("Old8").resource, idleLifespanMilliseconds: 0, idleSince: nil, state: nil))],
            at: second(1042))
        let reader = try JournalReader.open(path: directory.journal)
        for first in try reader.missingBlocks() { try journal.keep(try #require(try reader.summarizeBlock(first))) }

        let pruning = Pruning(journal, by: "ada", before: second(513).wallMicroseconds)
        var isUsed = false
        while case .goesOn = try pruning.step(at: second(2000), nanoseconds: budget) {
            if !isUsed { try journal.commitLives(1042...1042, of: "Old9") }
            isUsed = true
        }
        let names = try journal.database.statement("SELECT CAST(name AS TEXT) FROM resource ORDER BY 1")
        var left: [String] = []
        while try names.step() { left.append(names.text(0)) }
        #expect(left == ["New0", "New1", "New2", "Old7", "Old8"] + (isUsed ? ["Old9"] : []))
        #expect(isUsed || budget > 1)
        // A removed name comes again, with a row that its requests refer to.
        try journal.commitLives(1043...1043, of: "Old1")
        #expect(try reader.rows(HistoryQuery(resource: Array("Old1".utf8))).map(\.request.number) == [1043])
        #expect(try journal.database.integer("PRAGMA foreign_keys") == 1)
        #expect(try journal.database.integer("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        #expect(try verify().firstBad == nil)
    }

    @Test func nothingIsGivenTwice() throws {
        var journal = try filled()
        try journal.commit([20, 60].map { event($0, .released(.exited(status: 0))) }, at: second(101))
        let stamp = TimestampValue(shown: 5, text: Array("x".utf8))
        let names = try ["_t_%Y%m%d%H%M%S[1]", "_s_q[1]"].map { try ResourceName(Array($0.utf8)) }
        try journal.commit(
            [],
            changes: [
                .lives(
                    .init(
                        name: names[0], idleLifespanMilliseconds: 0, idleSince: nil, state: .timestamp(firstShown: 1, last: stamp)
                    )),
                .lives(
                    .init(name: names[1], idleLifespanMilliseconds: 0, idleSince: nil, state: .sequence(next: 7, rolledBack: []))),
            ], at: second(102))
        #expect(try prune(journal, before: 500)?.requests == 100)
        journal.close()
        journal = try Journal.open(directory.settings, now: second(600))
        let recovered = try journal.recover()
        #expect(recovered.nextRequestNumber == 101)
        #expect(recovered.lastTokenCounter == 100)
        #expect(recovered.lastStamps[names[0]] == stamp)
        #expect(recovered.resources.count == 2)
        // Names are made anew, and the chain goes on.
        try journal.commit(
            [event(101, .requested(request("R1"))), event(101, .granted(token(101))), event(101, .released(.disconnected))],
            at: second(601))
        #expect(try numbers(journal) == [101])
        #expect(try verify().firstBad == nil)
        #expect(throws: JournalError.self) {
            try journal.commit([event(102, .requested(request())), event(102, .granted(token(50)))], at: second(602))
        }
    }

    /// A name that the writer remembers and that was removed meanwhile is inserted again.
    @Test func aRememberedNameIsMadeAnew() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...1)
        try prune(journal, before: 10)
        try journal.commitLives(2...2)
        #expect(try numbers(journal) == [2])
        #expect(try verify().firstBad == nil)
    }

    /// A refused client may report its command later.
    @Test func aDescriptionThatComesAfterThePruneIsNoError() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commit([event(1, .requested(request())), event(1, .refused(.busy))], at: second(1))
        try prune(journal, before: 10)
        try journal.commit([event(1, .described(command: [Array("late".utf8)]))], at: second(11))
        #expect(try verify().firstBad == nil)
        // A request that never existed is unknown.
        #expect(throws: JournalError.self) { try journal.commit([event(2, .described(command: []))], at: second(12)) }
    }

    @Test func anInterruptedPruneIsFinishedByTheNext() throws {
        var journal = try filled()
        let interrupted = Pruning(journal, by: "ada", before: second(51).wallMicroseconds)
        while try journal.database.integer("SELECT count(*) FROM event WHERE kind = 'pruned'") == 0 {
            _ = try interrupted.step(at: second(1000), nanoseconds: 1)
        }
        let left = try numbers(journal).count
        #expect((84..<100).contains(left), "a step without time removes some, but no more than one small batch")
        #expect(try verify().firstBad == nil)
        journal.close()
        journal = try Journal.open(directory.settings, now: second(1001))
        #expect(try prune(journal, before: 51)?.requests == Int64(left - 52))
        #expect(try numbers(journal) == [20, 40] + Array(51...100))
        #expect(try verify().anchorNumber == 57)
        #expect(try verify().firstBad == nil)
    }

    @Test(arguments: [
        // A prune on record is no excuse for the absence of younger requests.
        ("DELETE FROM request WHERE number = 70", Verification.BadRecord.Reason.rowMissing, Int64(70)),
        ("DELETE FROM request WHERE number = 20", .rowMissing, 20),
        ("UPDATE request SET user = 'eve' WHERE number = 40", .rowAltered(column: "user"), 40),
        (
            "CREATE TEMP TABLE copy AS SELECT * FROM request WHERE number = 51; UPDATE copy SET number = 10; INSERT INTO request SELECT * FROM copy",
            .rowInserted, 10
        ),
    ])
    func tamperingAfterAPrune(_ sql: String, _ reason: Verification.BadRecord.Reason, _ request: Int64) throws {
        let journal = try filled()
        try prune(journal, before: 51)
        try journal.database.execute(sql)
        let bad = try verify().firstBad
        #expect(bad?.reason == reason && bad?.request == request, "\(String(describing: bad))")
    }

    @Test func aBeginningThatNoPruneCutOff() throws {
        let journal = try filled()
        try prune(journal, before: 51)
        try journal.database.execute(
            """
            UPDATE journal SET anchor_number = 151, anchor_hash = (SELECT hash FROM event WHERE number = 151);
            DELETE FROM event WHERE number <= 151; DELETE FROM request WHERE number <= 51
            """)
        let bad = try verify().firstBad
        #expect(bad?.reason == .missing && bad?.number == 1, "\(String(describing: bad))")
        try journal.database.execute("UPDATE journal SET anchor_number = 57")
        #expect(try verify().firstBad?.reason == .missing)
        try journal.database.execute("UPDATE journal SET anchor_number = 151, anchor_hash = zeroblob(32)")
        #expect(try verify().firstBad?.reason == .altered)
    }

    @Test func aTrustedHeadThatWasPrunedSaysNothing() throws {
        let journal = try filled()
        let old = TrustedHead(number: 10, hash: SHA256.digest(of: []))
        let head = TrustedHead(number: journal.lastEventNumber, hash: journal.lastEventHash)
        #expect(try verify([old]).firstBad?.reason == .rewritten)
        try prune(journal, before: 51)
        #expect(try verify([old]).prunedHead == old)
        #expect(try verify([head]).firstBad == nil && verify([head]).prunedHead == nil)
        let atAnchor = TrustedHead(number: 57, hash: SHA256.digest(of: []))
        #expect(try verify([atAnchor]).firstBad?.reason == .rewritten)
    }

    @Test func theSpaceComesBack() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...3000)
        try prune(journal, before: 4000)
        try journal.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let before = try #require(JournalFile.status(journal.path)).size
        try journal.vacuum()
        let after = try #require(JournalFile.status(journal.path)).size
        #expect(after < before / 4, "\(before) bytes before, \(after) after")
        try journal.commitLives(3001...3001)
        journal.close()
        #expect(try verify().firstBad == nil)
    }
}
