import FlomModel
import Glibc
import Testing

@testable import FlomStore

/// A log is written once more because the device may lack some of it.
@Suite struct JournalLogTests {
    private let directory = TemporaryDirectory()
    private var log: String { directory.journal + "-wal" }

    /// A journal with a log, as a killed daemon leaves it.
    private func makeJournal(logBytes: Int) throws -> [UInt8] {
        let journal = try Journal.open(directory.settings, now: second(0))
        var number: Int64 = 0
        while contents(log).count < logBytes {
            number += 1
            try journal.commitLives(number...number)
        }
        let (database, left) = (contents(directory.journal), contents(log))
        journal.close()
        write(database, to: directory.journal)
        write(left, to: log)
        return left
    }

    /// More than is written in one piece.
    @Test func nothingOfItChangesButThatItIsWritten() throws {
        let before = try makeJournal(logBytes: 1_100_000)
        var old = [timespec](repeating: timespec(tv_sec: 1000, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, log, &old, 0) == 0)
        // By a link, as a user may name it.
        let link = directory.path + "/link"
        #expect(symlink(directory.journal, link) == 0)
        try JournalLog.writeAnew(of: link)
        #expect(contents(log) == before)
        #expect(JournalFile.status(log)?.modified != 1_000_000_000_000)
        let journal = try Journal.open(directory.settings, now: second(9))
        #expect(journal.lastEventNumber > 0)
        journal.close()
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
    }

    @Test func withoutOneThereIsNothingToDo() throws {
        try JournalLog.writeAnew(of: directory.journal)
        #expect(TemporaryDirectory.names(in: directory.path).isEmpty)
    }

    @Test func whatCannotBeWrittenIsSaid() {
        #expect(mkdir(log, 0o700) == 0)
        #expect(journalError { try JournalLog.writeAnew(of: directory.journal) }?.path == log)
        rmdir(log)
    }
}
