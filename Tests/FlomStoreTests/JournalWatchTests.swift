import FlomModel
import Glibc
import Synchronization
import Testing

@testable import FlomStore

/// Changes to a journal's files under its daemon are noticed, and those that lose nothing are told from the others.
@Suite struct JournalWatchTests {
    private let directory = TemporaryDirectory()
    private let journal: Journal
    private let watch: JournalWatch
    private let hops = Hops()

    /// Work that the watch's thread hands over, until the journal's own thread runs it.
    private final class Hops: Sendable {
        private let waiting = Mutex<[@Sendable () -> Void]>([])
        func add(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }
        func run() -> Bool {
            let work = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for work in work { work() }
            return !work.isEmpty
        }
    }

    init() throws {
        journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...50)
        let hops = hops
        watch = try JournalWatch(journal) { hops.add($0) }
    }

    private var log: String { directory.journal + "-wal" }
    private var index: String { directory.journal + "-shm" }

    private func look() -> JournalError.Kind? { watch.look()?.kind }

    /// The result after everything has been examined.
    private func finalLook() throws -> JournalError.Kind? {
        let first = look()
        for _ in 0..<2000 {
            if hops.run() { return look() }
            usleep(5000)
        }
        Issue.record("nobody has looked at it: \(String(describing: first))")
        return first
    }

    private func carryOver() throws { try #require(try journal.checkpoints.checkpoint()) }

    private func overwrite(_ path: String, with bytes: [UInt8]) {
        usleep(20_000)
        write(bytes, to: path)
    }

    @Test func whatTheDaemonDoesIsWell() throws {
        #expect(look() == nil)
        try journal.commitLives(51...90)
        #expect(look() == nil)
        try carryOver()
        #expect(look() == nil)
        // The log starts over.
        try journal.commitLives(91...92)
        #expect(look() == nil)
        #expect(!hops.run())
    }

    @Test func aFileWithoutItsNameIsNotWrittenUntilItHasItAgain() throws {
        for path in [directory.journal, index] {
            #expect(rename(path, path + "-away") == 0)
            #expect(look() == (path == index ? .indexRemoved : .replaced))
            write([1], to: path)
            #expect(look() == (path == index ? .indexRemoved : .replaced))
            #expect(rename(path + "-away", path) == 0)
            #expect(look() == nil)
        }
    }

    @Test func anEmptiedJournalIsLost() throws {
        try carryOver()
        #expect(truncate(directory.journal, 0) == 0)
        #expect(look() == .cut)
        // It stays so, whatever is put there.
        write([UInt8](repeating: 1, count: 1 << 20), to: directory.journal)
        #expect(look() == .cut)
    }

    @Test func aRemovedLogIsSavedInTheDatabase() throws {
        #expect(unlink(log) == 0)
        #expect(look() == .logRemoved(isSaved: true))
        // Everything that the next daemon would find.
        let copy = directory.path + "/copy"
        write(contents(directory.journal), to: copy)
        #expect(try JournalReader.open(path: copy).head().number == journal.lastEventNumber)
        #expect(try JournalReader.open(path: copy).verify().firstBad == nil)
    }

    @Test func aRemovedLogIsNotSavedWhereTheDeviceLacksIt() {
        #expect(unlink(log) == 0)
        #expect(watch.look(mayCheckpoint: false)?.kind == .logRemoved(isSaved: false))
        #expect(contents(directory.journal).count <= 2048)
    }

    @Test func aCutLogIsLost() throws {
        #expect(truncate(log, off_t(contents(log).count / 2)) == 0)
        #expect(look() == .shrunk)
        #expect(try finalLook() == .cut)
        #expect(look() == .cut)
    }

    @Test func aLogThatHasGrownAgainIsLostAsWell() throws {
        #expect(truncate(log, 0) == 0)
        try journal.commitLives(51...52)
        #expect(look() == .cut)
    }

    @Test func aCutDatabaseIsLost() throws {
        try carryOver()
        try journal.commitLives(51...52)
        #expect(look() == nil)
        #expect(truncate(directory.journal, 3 * 2048) == 0)
        #expect(look() == .shrunk)
        #expect(try finalLook() == .cut)
    }

    @Test func anOlderCopyInItsPlaceIsNoticed() throws {
        try carryOver()
        let copy = contents(directory.journal)
        try journal.commitLives(51...150)
        try carryOver()
        try journal.commitLives(151...152)
        #expect(look() == nil)
        // As long as what was there.
        overwrite(directory.journal, with: copy + [UInt8](repeating: 0, count: contents(directory.journal).count - copy.count))
        _ = look()
        #expect(try finalLook() == .overwritten)
    }

    @Test func anotherJournalInItsPlaceIsNoticed() throws {
        try carryOver()
        let other = TemporaryDirectory()
        let another = try Journal.open(other.settings, now: second(0))
        try another.commitLives(1...200)
        #expect(try another.checkpoints.checkpoint())
        #expect(look() == nil)
        overwrite(directory.journal, with: contents(other.journal))
        _ = look()
        #expect(try finalLook() == .overwritten)
    }

    @Test func aTouchIsNone() throws {
        try carryOver()
        #expect(look() == nil)
        usleep(20_000)
        #expect(utimensat(AT_FDCWD, directory.journal, nil, 0) == 0)
        #expect(look() == nil)
        #expect(try finalLook() == nil)
        #expect(look() == nil && !hops.run())
    }

    /// What a curious user does with SQLite's shell.
    @Test(arguments: ["PRAGMA wal_checkpoint(TRUNCATE)", "DROP VIEW waits; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"])
    func whatLosesNothingIsForgiven(_ sql: String) throws {
        let person = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 1000)
        defer { person.close() }
        try person.execute(sql)
        #expect(look() == .shrunk)
        #expect(try finalLook() == nil)
        try journal.commitLives(51...52)
        #expect(look() == nil)
    }

    /// VACUUM would need the file to itself.
    @Test func aPersonCannotTakeTheLogAway() throws {
        let person = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        defer { person.close() }
        #expect(throws: JournalError.self) { try person.execute("PRAGMA journal_mode = DELETE") }
        #expect(look() == nil)
    }
}
