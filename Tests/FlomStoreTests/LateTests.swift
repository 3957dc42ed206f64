import FlomModel
import Testing

@testable import FlomStore

/// Entries that could not be written when they were decided.
@Suite struct LateTests {
    private let directory = TemporaryDirectory()

    /// A waiter's age counts from its queueing, however late that was written.
    @Test func eachKeepsTheTimeOfItsDecision() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.advanceEpoch(bootID: directory.settings.bootID)
        try journal.commit(
            [.gap("the disk was full")],
            late: [
                .init([event(1, .requested(request())), event(1, .granted(token(1)))], decidedAt: second(1)),
                .init([event(2, .requested(request())), event(2, .queued(position: 1))], decidedAt: second(2)),
                .init([event(1, .started(ProcessIdentity(pid: 1, startTime: 1)))], decidedAt: second(3)),
            ], at: second(60))
        let open = try journal.recover().openRequests
        #expect(open.map(\.id.number) == [1, 2])
        #expect(open[0].grantedAt == second(1).boottime)
        #expect(open[1].queuedAt == second(2).boottime)
        #expect(open[0].command?.pid == 1)
        let rows = try JournalReader.open(path: directory.journal).rows()
        #expect(rows.map(\.askedAt) == [second(1).wallMicroseconds, second(2).wallMicroseconds])
        let times = try journal.database.text("SELECT group_concat(at / 1000000 - 1700000000) FROM event ORDER BY number")
        #expect(times == "1,1,2,2,3,60")
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
    }

    /// A batch is written whole or not at all, also its late part.
    @Test func aFailureTakesItAllBack() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        let late = [LateEntries([event(1, .requested(request()))], decidedAt: second(1))]
        #expect(journalError { try journal.commit([event(7, .granted(token(1)))], late: late, at: second(2)) } != nil)
        #expect(journal.lastEventNumber == 0)
        try journal.commit([event(1, .granted(token(1)))], late: late, at: second(2))
        #expect(journal.lastEventNumber == 2)
    }

    @Test func numbersAreKnownWithTheirSecrets() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        var ours = request()
        ours.secretHash = [1, 2, 3]
        try journal.commit([event(1, .requested(ours)), event(2, .requested(request()))], at: second(1))
        #expect(try journal.knows(RequestID(1), secretHash: [1, 2, 3]))
        // The number was given to another request since the journal was restored.
        #expect(try !journal.knows(RequestID(1), secretHash: [9]))
        #expect(try !journal.knows(RequestID(3), secretHash: [1, 2, 3]))
        try journal.commit([event(1, .refused(.busy))], at: second(2))
        #expect(try journal.knows(RequestID(1), secretHash: [1, 2, 3]))
    }
}
