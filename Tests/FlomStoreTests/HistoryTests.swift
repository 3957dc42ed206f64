import CSQLite
import FlomModel
import Testing

@testable import FlomStore

@Suite struct HistoryTests {
    let directory = TemporaryDirectory()
    let journal: Journal

    init() throws { journal = try Journal.open(directory.settings, now: second(0)) }

    private func reader() throws -> JournalReader { try JournalReader.open(path: directory.journal) }

    @Test func newestLast() throws {
        try journal.commitLives(1...700)  // More than two pages.
        let reader = try reader()
        #expect(reader.journalID == journal.id)
        #expect(try reader.rows().map(\.request.number) == Array(1...700))
        for limit in [0, 1, 5, 256, 257, 699, 700, 701, 10_000] {
            #expect(
                try reader.rows(HistoryQuery(limit: limit)).map(\.request.number) == Array((1...700).suffix(limit)), "\(limit)")
        }
    }

    @Test func oneResource() throws {
        for number in 1...600 as ClosedRange<Int64> {
            try journal.commitLives(number...number, of: number % 3 == 0 ? "Third" : "Other")
        }
        let thirds = (1...600).filter { $0 % 3 == 0 }.map(Int64.init)
        let reader = try reader()
        #expect(try reader.rows(HistoryQuery(resource: Array("Third".utf8))).map(\.request.number) == thirds)
        #expect(try reader.rows(HistoryQuery(resource: Array("Third".utf8), limit: 7)).map(\.request.number) == thirds.suffix(7))
        #expect(try reader.rows(HistoryQuery(resource: Array("third".utf8))).isEmpty)
    }

    @Test func onlyWhatIsOpen() throws {
        try journal.commitLives(1...300)
        try journal.commit(
            (301...600).map { event($0, .requested(request($0 % 2 == 0 ? "Even" : "Odd"))) },
            at: second(301)
        )
        try journal.commitLives(601...700)
        let reader = try reader()
        #expect(try reader.rows(HistoryQuery(onlyOpen: true)).map(\.request.number) == Array(301...600))
        #expect(try reader.rows(HistoryQuery(onlyOpen: true, limit: 2)).map(\.request.number) == [599, 600])
        let even = HistoryQuery(resource: Array("Even".utf8), onlyOpen: true, limit: 2)
        #expect(try reader.rows(even).map(\.request.number) == [598, 600])
    }

    @Test func everyColumn() throws {
        var asked = request("R7", .concurrentWrite)
        asked.client.user = "u"
        asked.client.host = "h"
        asked.client.uid = 4_000_000_000
        asked.client.process = ProcessIdentity(pid: 5, startTime: 6)
        asked.client.claimedPID = 7
        try journal.commit([event(1, .requested(asked)), event(1, .queued(position: 1))], at: second(10))
        // The wall clock is set back meanwhile. Durations are not affected.
        let back: Int64 = -3_600_000_000
        try journal.commit(
            [event(1, .granted(token(3))), event(1, .started(ProcessIdentity(pid: 8, startTime: 9)))],
            at: Moment(boottime: second(12).boottime, wallMicroseconds: second(12).wallMicroseconds + back)
        )
        let held = try #require(try reader().rows().first)
        #expect(held.outcome == .held && held.heldNanoseconds == nil && held.endedAt == nil)
        try journal.commit(
            [event(1, .described(command: [Array("sleep".utf8), Array("9".utf8)])), event(1, .released(.exited(status: 255)))],
            at: Moment(boottime: second(15).boottime, wallMicroseconds: second(15).wallMicroseconds + back)
        )
        let row = try #require(try reader().rows().first)
        #expect(row.resource == Array("R7".utf8))
        #expect(row.mode == .concurrentWrite)
        #expect(row.outcome == .released)
        #expect(row.askedAt == second(10).wallMicroseconds)
        #expect(row.queuedAt == second(10).wallMicroseconds)
        #expect(row.grantedAt == second(12).wallMicroseconds + back)
        #expect(row.endedAt == second(15).wallMicroseconds + back)
        #expect(row.waitedNanoseconds == 2_000_000_000)
        #expect(row.heldNanoseconds == 3_000_000_000)
        #expect(row.user == "u" && row.host == "h" && row.uid == 4_000_000_000 && row.clientPID == 5 && row.commandPID == 8)
        #expect(row.command == [Array("sleep".utf8), Array("9".utf8)])
        #expect(row.exitStatus == 255 && row.signal == nil && row.detail == nil)
        #expect(row.token == token(3))
        #expect(!row.isOrphan)
    }

    /// The events have the grant, but it never reached its client.
    @Test(arguments: [Withdrawal.timedOut, .hungUp])
    func aGrantThatWasNeverToldIsNone(_ end: Withdrawal) throws {
        try journal.commit(
            [event(1, .requested(request("_S_n[1]"))), event(1, .granted(token(1), element: [49])), event(1, .withdrawn(end))],
            at: second(10))
        let row = try #require(try reader().rows().first)
        #expect(row.outcome == (end == .timedOut ? .timedOut : .withdrawn))
        #expect(row.grantedAt == nil && row.heldNanoseconds == nil && row.token == nil && row.element == nil)
        #expect(row.waitedNanoseconds == 0)
        let counts = try Statement(
            connection: #require(journal.database.connection), path: "",
            sql: "SELECT (SELECT count(*) FROM holds), (SELECT count(*) FROM waits WHERE granted_at IS NULL AND token IS NULL)")
        defer { counts.finalize() }
        try #require(try counts.step())
        #expect(counts.integer(0) == 0 && counts.integer(1) == 1)
    }

    /// From inside the reader's own callback: a log can be carried over whole only if no reader uses it.
    @Test func noTransactionBetweenRows() throws {
        try journal.commitLives(1...600)
        var rows = 0
        try reader().history(HistoryQuery()) { _ in
            rows += 1
            guard rows % 200 == 0 else { return }
            try journal.commitLives(Int64(600 + rows)...Int64(600 + rows))
            let checkpoint = try Statement(
                connection: #require(journal.database.connection), path: "", sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            defer { checkpoint.finalize() }
            try #require(try checkpoint.step())
            #expect(checkpoint.integer(0) == 0, "busy")
            #expect(JournalFile.status(journal.walPath)?.size == 0)
        }
        #expect(rows == 600, "what is asked for meanwhile is not included")
        #expect(try reader().rows().count == 603)
    }

    @Test func aReaderInTheMiddleOfAPageDoesNotHoldUpTheWriter() throws {
        try journal.commitLives(1...10)
        let other = try Database(path: directory.journal, .readOnly, busyTimeoutMilliseconds: 0)
        let rows = try other.statement("SELECT number FROM request")
        try #require(try rows.step())
        try journal.commitLives(11...20)
        try journal.database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        try journal.commitLives(21...30)
        var seen = 1
        while try rows.step() { seen += 1 }
        #expect(seen == 10)
        #expect(try reader().rows().count == 30)
    }

    @Test func readersWriteNothing() throws {
        try journal.commitLives(1...3)
        let reader = try reader()
        let database = try reader.current()
        #expect(journalError { try database.execute("DELETE FROM event") }?.kind == .readOnly)
        let before = (contents(directory.journal), contents(journal.walPath))
        _ = try reader.rows()
        _ = try reader.verify()
        reader.close()
        #expect(contents(directory.journal) == before.0)
        #expect(contents(journal.walPath) == before.1)
    }

    /// The reader outlives the writer, the log, and the next writer's start.
    @Test func withAndWithoutADaemon() throws {
        try journal.commitLives(1...3)
        let reader = try reader()
        #expect(try reader.rows().count == 3)
        journal.close()
        #expect(try reader.rows().count == 3)
        #expect(try self.reader().rows().count == 3)
        let reopened = try Journal.open(directory.settings, now: second(9))
        try reopened.commitLives(4...4)
        #expect(try reader.rows().count == 4)
        #expect(try reader.openRequests().isEmpty)
    }

    @Test func anErrorOfTheCallerEndsIt() throws {
        struct Enough: Error {}
        try journal.commitLives(1...10)
        var rows = 0
        #expect(throws: Enough.self) {
            try reader().history(HistoryQuery()) { _ in
                rows += 1
                if rows == 3 { throw Enough() }
            }
        }
        #expect(rows == 3)
    }

    @Test func anEmptyJournal() throws {
        #expect(try reader().rows().isEmpty)
        #expect(try reader().rows(HistoryQuery(onlyOpen: true, limit: 3)).isEmpty)
    }
}
