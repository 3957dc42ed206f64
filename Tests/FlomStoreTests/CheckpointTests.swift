import FlomModel
import FlomSystem
import Glibc
import Testing

@testable import FlomStore

/// Checkpoints beside the commits: the log starts over whenever it can, however busy the writer is, and a copy of the files at
/// any moment has everything that was committed.
@Suite struct CheckpointTests {
    let directory = TemporaryDirectory()

    /// Work that the helper hands over, until its owner runs it.
    private final class Inbox: @unchecked Sendable {
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private var work: [@Sendable () -> Void] = []
        /// The results of the checkpoints that have ended.
        var ended = 0
        var failures: [JournalError] = []

        init() {
            mutex = .allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
        }

        deinit { mutex.deallocate() }

        func put(_ one: @escaping @Sendable () -> Void) {
            pthread_mutex_lock(mutex)
            work.append(one)
            pthread_mutex_unlock(mutex)
        }

        func look() {
            pthread_mutex_lock(mutex)
            let all = work
            work.removeAll()
            pthread_mutex_unlock(mutex)
            for one in all { one() }
        }
    }

    private func journal(_ inbox: Inbox) throws -> Journal {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.startCheckpointer(
            hop: { inbox.put($0) },
            completion: { error in
                inbox.ended += 1
                if let error { inbox.failures.append(error) }
            })
        // As the daemon does.
        journal.keepLocks()
        return journal
    }

    private static let pageSize: Int64 = 2048 + 24
    private var logPages: Int64 { (JournalFile.status(directory.journal + "-wal")?.size ?? 0) / Self.pageSize }

    /// Long commands make long logs.
    private func commit(_ number: Int64, to journal: Journal, _ inbox: Inbox) throws {
        let command = [[UInt8](repeating: 65, count: 60_000)]
        try journal.commit(
            [
                event(number, .requested(request())), event(number, .described(command: command)),
                event(number, .withdrawn(.hungUp)),
            ], at: second(number))
        inbox.look()
        try journal.checkpointIfDue()
    }

    @Test func aBusyWritersLogStartsOver() throws {
        let inbox = Inbox()
        let journal = try journal(inbox)
        var most: Int64 = 0
        for number in 1...1500 as ClosedRange<Int64> {
            try commit(number, to: journal, inbox)
            let hasGrown = logPages > most
            most = max(most, logPages)
            // However little processor time the helper gets beside other tests, it gets a moment for each commit beyond the
            // bound.
            let (ended, end) = (inbox.ended, Clock.boottimeNanoseconds() + 50_000_000)
            while hasGrown, most > CheckpointPolicy.longestLog, inbox.ended == ended, Clock.boottimeNanoseconds() < end {
                inbox.look()
            }
        }
        // 1500 x 30 pages would be 45 000.
        #expect(inbox.ended >= 1 && inbox.failures.isEmpty)
        #expect(most < Int64(CheckpointPolicy.longestLog) * 5 / 4, "\(most) pages")
        #expect(contents(directory.journal + "-wal")[15] >= 1)
        for name in ["", "-wal"] { write(contents(directory.journal + name), to: directory.path + "/copy" + name) }
        let copy = try JournalReader.open(path: directory.path + "/copy")
        #expect(try copy.rows().count == 1500)
        #expect(try copy.verify().firstBad == nil)
    }

    /// After a moment without commits the next one writes at the beginning of the log.
    @Test func aQuietMomentIsEnough() throws {
        let inbox = Inbox()
        let journal = try journal(inbox)
        var number: Int64 = 0
        while logPages < 5000 {
            number += 1
            try commit(number, to: journal, inbox)
        }
        while inbox.ended == 0 { inbox.look() }
        // What came during this checkpoint is carried over by a later one.
        let ended = inbox.ended
        let end = Clock.boottimeNanoseconds() + 1_000_000_000
        while inbox.ended == ended, Clock.boottimeNanoseconds() < end {
            try journal.checkpointIfDue()
            inbox.look()
        }
        let pages = logPages
        try commit(number + 1, to: journal, inbox)
        #expect(logPages == pages)
        let header = contents(directory.journal + "-wal")
        // The number of checkpoints that a log's header counts: it has started over.
        #expect(header[12..<16].elementsEqual([0, 0, 0, 1]))
    }

    /// A helper that finds its database gone reports it, and commits go on.
    @Test func aFailureIsTold() throws {
        let inbox = Inbox()
        let journal = try journal(inbox)
        // The database is opened by its name at first use.
        rename(directory.journal, directory.path + "/elsewhere")
        var number: Int64 = 0
        while inbox.ended == 0 {
            number += 1
            try commit(number, to: journal, inbox)
        }
        #expect(inbox.failures.map(\.kind) == [.cannotOpen])
        rename(directory.path + "/elsewhere", directory.journal)
        try commit(number + 1, to: journal, inbox)
        #expect(try JournalReader.open(path: directory.journal).rows().count == Int(number) + 1)
    }
}
