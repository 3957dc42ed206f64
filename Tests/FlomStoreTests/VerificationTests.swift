import FlomModel
import FlomSystem
import Testing

@testable import FlomStore

@Suite struct VerificationTests {
    let directory = TemporaryDirectory()
    let head: TrustedHead

    init() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...1000)  // 3000 events: several pages.
        head = TrustedHead(number: journal.lastEventNumber, hash: journal.lastEventHash)
        journal.close()
    }

    private func tamper(_ sql: String) throws {
        let database = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        try database.execute(sql)
        database.close()
    }

    private func verify(_ head: TrustedHead? = nil) throws -> Verification {
        try JournalReader.open(path: directory.journal).verify(expecting: head.map { [$0] } ?? [])
    }

    @Test func untouched() throws {
        for known in [nil, head, TrustedHead(number: 7, hash: nil)] {
            let result = try verify(known)
            #expect(result.firstBad == nil)
            #expect(result.goodEvents == 3000)
            #expect(result.lastGood == head)
            #expect(result.span == second(1).wallMicroseconds...second(1000).wallMicroseconds)
            #expect(try JournalReader.open(path: directory.journal).head() == head)
        }
    }

    @Test(
        arguments: [
            ("UPDATE event SET at = at + 1 WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET boottime = 0 WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET kind = 'granted' WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET request = NULL WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET newest_token = newest_token + 1 WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET detail = NULL WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET detail = '' WHERE number = 1500", 1500, .altered),
            ("UPDATE event SET detail = detail || ' ' WHERE number = 3000", 3000, .altered),
            ("UPDATE event SET hash = zeroblob(32) WHERE number = 1", 1, .altered),
            // A byte that moves from one column to the next changes no byte of their concatenation.
            (
                "UPDATE event SET kind = kind || substr(detail, 1, 1), detail = substr(detail, 2) WHERE number = 1500", 1500,
                .altered
            ),
            ("DELETE FROM event WHERE number = 1", 1, .missing),
            ("DELETE FROM event WHERE number BETWEEN 1000 AND 1001", 1000, .missing),
            ("DELETE FROM event WHERE number = 1000; UPDATE event SET number = number - 1 WHERE number > 1000", 1000, .altered),
            // Swapped whole, hashes and all.
            (
                "UPDATE event SET number = -1 WHERE number = 10; UPDATE event SET number = 10 WHERE number = 11; UPDATE event SET number = 11 WHERE number = -1",
                10, .altered
            ),
            // Inserted at the end with a hash of its own.
            (
                "INSERT INTO event SELECT number + 1, at, boottime, kind, request, newest_token, detail, hash FROM event WHERE number = 3000",
                3001, .altered
            ),
            (
                "INSERT INTO event SELECT number + 2, at, boottime, kind, request, newest_token, detail, hash FROM event WHERE number = 3000",
                3001, .missing
            ),
            (
                "UPDATE event SET number = -number WHERE number > 500; INSERT INTO event SELECT 1 - number, at, boottime, kind, request, newest_token, detail, hash FROM event WHERE number < 0; DELETE FROM event WHERE number < 0",
                501, .missing
            ),
            ("UPDATE journal SET id = 'ffffffffffffffffffffffffffffffff'", 1, .altered),
            // An anchor that was never set by pruning.
            ("UPDATE journal SET anchor_hash = zeroblob(32)", 0, .missing),
            (
                "UPDATE journal SET anchor_number = 1500, anchor_hash = (SELECT hash FROM event WHERE number = 1500); DELETE FROM event WHERE number <= 1500; DELETE FROM request WHERE number <= 500",
                1, .missing
            ),
        ] as [(String, Int64, Verification.BadRecord.Reason)])
    func tampering(sql: String, number: Int64, reason: Verification.BadRecord.Reason) throws {
        try tamper(sql)
        let result = try verify()
        if number == 0 {
            #expect(result.firstBad == nil, "a journal that was not pruned starts from its id")
            return
        }
        #expect(result.firstBad?.number == number)
        #expect(result.firstBad?.reason == reason)
        guard number > 1 || reason != .missing else { return }
        #expect(result.goodEvents == number - 1)
        #expect(result.lastGood.number == number - 1)
    }

    /// A summary sees the faults among the events that it looks at.
    @Test(
        arguments: [
            (nil, nil), ("UPDATE event SET at = at + 1 WHERE number = 2995", 2995),
            ("DELETE FROM event WHERE number = 2995", 2995),
            ("UPDATE event SET detail = detail || ' ' WHERE number = 3000", 3000),
            // Earlier events are not looked at, and the first one cannot be checked.
            ("UPDATE event SET at = at + 1 WHERE number <= 2990", nil), ("DELETE FROM event WHERE number > 2999", nil),
        ] as [(String?, Int64?)])
    func aGlanceAtTheEnd(sql: String?, firstBad: Int64?) throws {
        if let sql { try tamper(sql) }
        let summary = try JournalReader.open(path: directory.journal).summary(ofLast: 10)
        #expect(summary.firstBad == firstBad)
        #expect(summary.checkedEvents == 10 && summary.version == JournalFormat.currentVersion)
        #expect(try JournalReader.open(path: directory.journal).summary(ofLast: 10_000).checkedEvents >= 2998)
    }

    @Test func onlyATrustedHeadShowsTheEndCutOff() throws {
        try tamper("DELETE FROM event WHERE number > 2990")
        let alone = try verify().firstBad
        #expect(alone?.reason == .rowAltered(column: "ended_at"), "the rows still speak of what was cut off")
        let cut = try verify(head).firstBad
        #expect(cut?.number == 2991 && cut?.reason == .cutOff && cut?.at == second(997).wallMicroseconds)
        #expect(try verify(TrustedHead(number: 2991, hash: nil)).firstBad?.reason == .cutOff)
    }

    @Test func onlyATrustedHeadShowsAChainComputedAnew() throws {
        let other = TrustedHead(number: 2000, hash: SHA256.digest(of: []))
        let bad = try verify(other).firstBad
        #expect(bad?.number == 2000 && bad?.reason == .rewritten)
    }

    @Test func shortHashesCannotBeStored() {
        #expect(journalError { try tamper("UPDATE event SET hash = substr(hash, 2) WHERE number = 5") } != nil)
    }

    /// The bytes that are hashed, written out: this must never change.
    @Test func canonicalSerialization() {
        var bytes: [UInt8] = []
        EventRecord(number: 1, at: -2, boottime: 3, kind: Array("ab".utf8), request: nil, newestToken: 4, detail: []).serialize(
            into: &bytes)
        EventRecord(number: 1, at: 0, boottime: 0, kind: [], request: 5, newestToken: 0, detail: nil).serialize(into: &bytes)
        let ones: [UInt8] = [255, 255, 255, 255]
        func number(_ last: UInt8) -> [UInt8] { [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, last] }
        let first =
            number(1) + [0, 0, 0, 8] + ones + [255, 255, 255, 254] + number(3) + [0, 0, 0, 2, 97, 98] + ones + number(4) + [
                0, 0, 0, 0,
            ]
        let second = number(1) + number(0) + number(0) + [0, 0, 0, 0] + number(5) + number(0) + ones
        #expect(bytes == first + second)
    }
}
