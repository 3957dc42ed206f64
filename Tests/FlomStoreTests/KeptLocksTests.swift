import FlomModel
import Testing

@testable import FlomStore

/// What others notice of the locks that a writer keeps between its commits.
@Suite struct KeptLocksTests {
    let directory = TemporaryDirectory()

    private func journal() throws -> Journal {
        let journal = try Journal.open(directory.settings, now: second(0))
        journal.keepLocks()
        return journal
    }

    private func commit(_ number: Int64, to journal: Journal) throws {
        let events: [Event.Kind] = [.requested(LockRequest(resource: try ResourceName(Array("r".utf8)), mode: .exclusive))]
        try journal.commit(events.map { .request(Event(RequestID(number), $0)) }, at: second(number))
    }

    private func other() throws -> Database { try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0) }

    @Test func anotherWriterIsLockedOutWhileTheyAreKept() throws {
        let journal = try journal()
        let other = try other()
        try commit(1, to: journal)
        let error = #expect(throws: JournalError.self) { try other.execute("BEGIN IMMEDIATE") }
        #expect(error?.kind == .busy)
        journal.giveBackLocks()
        try other.execute("BEGIN IMMEDIATE")
        #expect(throws: JournalError.self) { try commit(2, to: journal) }
        try other.execute("ROLLBACK")
        try commit(2, to: journal)
    }

    /// More readers than there are read marks, each with the state of another moment.
    @Test func readersSeeEachCommit() throws {
        let journal = try journal()
        var readers: [Database] = []
        for number in 1...12 {
            try commit(Int64(number), to: journal)
            let reader = try Database(path: directory.journal, .readOnly, busyTimeoutMilliseconds: 0)
            try reader.execute("BEGIN")
            #expect(try reader.integer("SELECT max(number) FROM request") == Int64(number))
            readers.append(reader)
        }
        try commit(13, to: journal)
        for (index, reader) in readers.enumerated() {
            #expect(try reader.integer("SELECT max(number) FROM request") == Int64(index + 1))
            try reader.execute("COMMIT")
            #expect(try reader.integer("SELECT max(number) FROM request") == 13)
        }
    }

    @Test func aCheckpointCarriesOverAllThatIsCommitted() throws {
        let journal = try journal()
        for number in 1...20 { try commit(Int64(number), to: journal) }
        #expect(try journal.checkpoints.checkpoint())
        // The next commit finds nothing left to carry over, and begins the log anew.
        let before = journal.checkpoints.framesInLog
        try commit(21, to: journal)
        #expect(journal.checkpoints.framesInLog < before)
        for number in 22...40 { try commit(Int64(number), to: journal) }
        #expect(try journal.checkpoints.checkpoint())
    }

    /// A mark that is kept would hold up another connection's checkpoint.
    @Test func anotherConnectionsCheckpointHasAllWhenTheyAreGivenBack() throws {
        let journal = try journal()
        let other = try other()
        _ = try other.integer("SELECT count(*) FROM journal")
        for number in 1...5 { try commit(Int64(number), to: journal) }
        let kept = try other.checkpoint()
        #expect(kept.carriedOver < kept.inLog)
        journal.giveBackLocks()
        let given = try other.checkpoint()
        #expect(given.carriedOver == given.inLog)
    }

    @Test func whoFollowsFindsThemFree() throws {
        let first = try journal()
        try commit(1, to: first)
        first.close()
        let second = try journal()
        try commit(2, to: second)
        let reader = try JournalReader.open(path: directory.journal)
        #expect(try reader.verify().firstBad == nil)
        #expect(second.lastEventNumber == 2)
    }
}
