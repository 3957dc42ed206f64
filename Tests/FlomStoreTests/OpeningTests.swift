import CSQLite
import FlomModel
import Glibc
import Migrations
import Testing

@testable import FlomStore

@Suite struct OpeningTests {
    let directory = TemporaryDirectory()

    @Test func aNewJournal() throws {
        let journal = try Journal.open(directory.settings, now: second(7))
        #expect(journal.id.utf8.count == 32 && journal.id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        #expect(journal.createdAtMicroseconds == second(7).wallMicroseconds)
        #expect(journal.lastEventNumber == 0)
        let recovered = try journal.recover()
        #expect(recovered.openRequests.isEmpty)
        #expect(recovered.nextRequestNumber == 1)
        #expect(recovered.lastTokenCounter == 0)
        #expect(recovered.epoch == 0)
        #expect(recovered.lastBootID == "")
        #expect(recovered.machineID == "machine-1")

        let database = journal.database
        #expect(try database.integer("PRAGMA application_id") == 0x666c_6f6d)
        #expect(try database.integer("PRAGMA user_version") == Int64(Migrations.all.count))
        #expect(try database.text("PRAGMA journal_mode") == "wal")
        #expect(try database.integer("PRAGMA synchronous") == 1)
        #expect(try database.integer("PRAGMA foreign_keys") == 1)
        #expect(try database.integer("PRAGMA wal_autocheckpoint") == 0)
    }

    @Test(arguments: [SyncLevel.auto, .always, .off])
    func checkpointsAreOrderedAtEverySyncLevel(sync: SyncLevel) throws {
        var settings = directory.settings
        settings.sync = sync
        let journal = try Journal.open(settings, now: second(0))
        #expect(try journal.database.integer("PRAGMA synchronous") == 1)
    }

    @Test func onlyItsOwnerMayReadIt() throws {
        let before = umask(0)
        defer { umask(before) }
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...1)
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(directory.journal + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
        }
    }

    @Test func twoJournalsDiffer() throws {
        let other = TemporaryDirectory()
        let mine = try Journal.open(directory.settings, now: second(0))
        let theirs = try Journal.open(other.settings, now: second(0))
        #expect(mine.id != theirs.id)
        #expect(mine.lastEventHash != theirs.lastEventHash)
    }

    @Test func reopeningGoesOn() throws {
        let first = try Journal.open(directory.settings, now: second(0))
        try first.commitLives(1...3)
        let (id, number, hash) = (first.id, first.lastEventNumber, first.lastEventHash)
        first.close()
        #expect(TemporaryDirectory.names(in: directory.path) == ["journal"])

        let reopened = try Journal.open(directory.settings, now: second(9))
        #expect(reopened.id == id)
        #expect(reopened.createdAtMicroseconds == second(0).wallMicroseconds)
        #expect(reopened.lastEventNumber == number)
        #expect(reopened.lastEventHash == hash)
        try reopened.commitLives(4...4)
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
    }

    @Test func anEmptyFileBecomesAJournal() throws {
        write([], to: directory.journal)
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .empty)
        #expect(try Journal.open(directory.settings, now: second(0)).recover().nextRequestNumber == 1)
    }

    /// Characters with a meaning in a URI.
    @Test(arguments: ["a b", "100%", "what?mode=memory", "a#b", "%41", "file:x"])
    func anyFileName(name: String) throws {
        var settings = directory.settings
        settings.path = directory.path + "/" + name
        let journal = try Journal.open(settings, now: second(0))
        try journal.commitLives(1...2)
        #expect(TemporaryDirectory.names(in: directory.path).contains(name))
        #expect(try JournalReader.open(path: settings.path).rows().count == 2)
    }

    @Test func aSymbolicLinkLeadsToTheLogOfItsTarget() throws {
        try Journal.open(directory.settings, now: second(0)).close()
        let link = directory.path + "/link"
        try #require(symlink(directory.journal, link) == 0)
        var settings = directory.settings
        settings.path = link
        let journal = try Journal.open(settings, now: second(0))
        try journal.commitLives(1...1)
        #expect(journal.walPath == directory.journal + "-wal")
        try journal.sync()
    }

    @Test func folderAndTableOfMigrationsAgree() {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let files = TemporaryDirectory.names(in: "/\(tests)/Migrations").filter { $0.hasSuffix(".sql") }
        #expect(!files.isEmpty)
        #expect(Migrations.all.map(\.fileName) == files)
        #expect(Migrations.all.map(\.version) == Array(1...Int32(files.count)))
        for migration in Migrations.all {
            #expect(migration.sql == contents("/\(tests)/Migrations/\(migration.fileName)"), "\(migration.fileName)")
            let digits = "000\(migration.version)".suffix(4)
            #expect(migration.fileName.hasPrefix("V\(digits)_"))
        }
    }

    @Test func aMigrationThatFailsLeavesNothing() throws {
        write([], to: directory.journal)
        let database = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        let failure = JournalError(.other, path: "x")
        let thrown = journalError {
            try JournalFormat.migrate(database, from: nil) { () throws(JournalError) in throw failure }
        }
        #expect(thrown == failure)
        #expect(try database.integer("SELECT count(*) FROM sqlite_schema") == 0)
        #expect(try database.integer("PRAGMA user_version") == 0)
    }
}
