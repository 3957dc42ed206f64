import FlomModel
import Glibc
import Testing

@testable import FlomStore

/// Files that are no journal, or not this machine's, are refused and left exactly as they were.
@Suite struct RefusalTests {
    let directory = TemporaryDirectory()

    private func run(_ sql: String) throws {
        let database = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        try database.execute(sql)
        database.close()
    }

    private func expectRefusal(_ kind: JournalError.Kind, _ settings: Journal.Settings? = nil) {
        let files = TemporaryDirectory.names(in: directory.path)
        let before = files.map { contents(directory.path + "/" + $0) }
        let error = journalError { _ = try Journal.open(settings ?? directory.settings, now: second(0)) }
        #expect(error?.kind == kind)
        #expect(error?.path == directory.journal)
        #expect(error?.sentence.contains(directory.journal) == true)
        #expect(TemporaryDirectory.names(in: directory.path) == files)
        #expect(files.map { contents(directory.path + "/" + $0) } == before)
    }

    @Test func aNewerJournal() throws {
        try Journal.open(directory.settings, now: second(0)).close()
        try run("PRAGMA user_version = 999")
        expectRefusal(.newer(999))
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .newer(999))
    }

    /// The state after a crash: only the log has the newer version.
    @Test func aNewerJournalWithALog() throws {
        let source = TemporaryDirectory()
        let journal = try Journal.open(source.settings, now: second(0))
        try journal.commitLives(1...1)
        try journal.database.execute("PRAGMA user_version = 999")
        for suffix in ["", "-wal"] { write(contents(source.journal + suffix), to: directory.journal + suffix) }
        let before = ["", "-wal"].map { contents(directory.journal + $0) }
        #expect(!before[1].isEmpty)
        #expect(journalError { _ = try Journal.open(directory.settings, now: second(0)) }?.kind == .newer(999))
        #expect(["", "-wal"].map { contents(directory.journal + $0) } == before)
    }

    @Test func anotherApplicationsDatabase() throws {
        write([], to: directory.journal)
        try run("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
        expectRefusal(.foreign)
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .foreign)
        try run("PRAGMA application_id = 7; PRAGMA user_version = 1")
        expectRefusal(.foreign)
    }

    @Test(arguments: ["x", "[Journal]\nFile=/var/lib/flom\n", String(repeating: "garbage ", count: 4096)])
    func garbage(text: String) {
        write(Array(text.utf8), to: directory.journal)
        expectRefusal(.notADatabase)
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .notADatabase)
    }

    @Test func aJournalWithoutItsOwnRow() throws {
        try Journal.open(directory.settings, now: second(0)).close()
        try run("DELETE FROM journal")
        expectRefusal(.corrupt)
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .corrupt)
    }

    @Test func aMissingDirectory() {
        var settings = directory.settings
        settings.path = directory.path + "/missing/journal"
        let error = journalError { _ = try Journal.open(settings, now: second(0)) }
        #expect(error?.kind == .cannotOpen)
        #expect(error?.systemError == ENOENT)
    }

    @Test func aReaderCreatesNothing() {
        #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .missing)
        #expect(TemporaryDirectory.names(in: directory.path) == [])
    }

    /// In a process of its own, because it gives up root's rights.
    @Test func withoutPermission() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let journal = try Journal.open(directory.settings, now: second(0))
            try journal.commitLives(1...3)
            journal.close()
            chmod(directory.journal, 0o444)
            chmod(directory.path, 0o555)
            let isRoot = geteuid() == 0
            if isRoot { try #require(seteuid(65_534) == 0) }

            // No process can be writing, and there is no log: the file alone is read.
            #expect(try JournalReader.open(path: directory.journal).rows().count == 3)
            #expect(journalError { _ = try Journal.open(directory.settings, now: second(0)) }?.kind == .readOnly)
            var settings = directory.settings
            settings.path = directory.path + "/new"
            let error = journalError { _ = try Journal.open(settings, now: second(0)) }
            #expect(error?.kind == .cannotOpen)
            #expect(error?.systemError == EACCES)

            if isRoot { try #require(seteuid(0) == 0) }
            chmod(directory.path, 0o755)
            // A log that cannot be read must not be ignored.
            write([1], to: directory.journal + "-wal")
            chmod(directory.journal + "-wal", 0o000)
            chmod(directory.path, 0o555)
            if isRoot { try #require(seteuid(65_534) == 0) }
            #expect(journalError { _ = try JournalReader.open(path: directory.journal) }?.kind == .cannotOpen)
            if isRoot { try #require(seteuid(0) == 0) }
            chmod(directory.path, 0o755)
        }
    }

    @Test(
        arguments: [
            .missing, .empty, .cannotOpen, .readOnly, .notADatabase, .foreign, .newer(3), .corrupt, .full,
            .inputOutput, .busy, .unknownRequest(4), .staleToken(5), .epochExhausted, .closed, .other,
        ] as [JournalError.Kind])
    func sentences(kind: JournalError.Kind) {
        let sentence = JournalError(kind, path: "/x/journal", code: 1, message: "why").sentence
        #expect(sentence.contains("/x/journal"))
        #expect(sentence.hasSuffix(".") && sentence.first?.isUppercase == true && !sentence.contains("\n"))
        #expect(sentence.contains(":"), "what to do")
    }
}
