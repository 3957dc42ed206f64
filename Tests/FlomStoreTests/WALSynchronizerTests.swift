import FlomModel
import Glibc
import Testing

@testable import FlomStore

@Suite struct WALSynchronizerTests {
    let directory = TemporaryDirectory()

    /// A device that counts, and holds up or fails as told.
    private final class Device: @unchecked Sendable {
        private let entered = Gate()
        private let leave = Gate()
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private var inodes: [UInt] = []
        private var result: Int32 = 0

        init() {
            mutex = .allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
        }

        deinit { mutex.deallocate() }

        func synchronize(_ descriptor: Int32) -> Int32 {
            entered.open()
            leave.wait()
            var status = stat()
            fstat(descriptor, &status)
            return locked {
                inodes.append(status.st_ino)
                return result
            }
        }

        func waitUntilBusy() { entered.wait() }
        func finish(_ result: Int32 = 0) {
            locked { self.result = result }
            leave.open()
        }
        var calls: [UInt] { locked { inodes } }

        private func locked<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return body()
        }
    }

    private final class Gate: @unchecked Sendable {
        private let semaphore: UnsafeMutablePointer<sem_t>
        init() {
            semaphore = .allocate(capacity: 1)
            sem_init(semaphore, 0, 0)
        }
        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }
        func open() { sem_post(semaphore) }
        func wait() { while sem_wait(semaphore) != 0 {} }
    }

    private struct Report: Equatable, Sendable {
        var upTo: UInt64
        var error: Int32
    }

    private func make(_ device: Device) -> (WALSynchronizer, AsyncStream<Report>.Iterator) {
        let (reports, continuation) = AsyncStream<Report>.makeStream()
        let file = WALFile(path: directory.path + "/wal") { device.synchronize($0) }
        let synchronizer = WALSynchronizer(file: file) { continuation.yield(Report(upTo: $0, error: $1)) }
        #expect(synchronizer.start() == 0)
        return (synchronizer, reports.makeAsyncIterator())
    }

    private func inode(_ path: String) -> UInt {
        var status = stat()
        stat(path, &status)
        return status.st_ino
    }

    @Test func oneSyncServesAllBeforeIt() async {
        write([1], to: directory.path + "/wal")
        let device = Device()
        var (synchronizer, reports) = make(device)
        synchronizer.request(upTo: 1)
        device.waitUntilBusy()
        // All of these come while the first sync is under way. It covers none of them, and one more sync covers them all.
        for commit in 2...5 as ClosedRange<UInt64> { synchronizer.request(upTo: commit) }
        device.finish()
        #expect(await reports.next() == Report(upTo: 1, error: 0))
        device.waitUntilBusy()
        device.finish()
        #expect(await reports.next() == Report(upTo: 5, error: 0))
        synchronizer.stop()
        #expect(device.calls.count == 2)
    }

    @Test func aFailedSyncIsNeverRetried() async {
        write([1], to: directory.path + "/wal")
        let device = Device()
        var (synchronizer, reports) = make(device)
        synchronizer.request(upTo: 1)
        device.finish()
        #expect(await reports.next() == Report(upTo: 1, error: 0))
        synchronizer.request(upTo: 2)
        device.finish(EIO)
        #expect(await reports.next() == Report(upTo: 1, error: EIO))
        for commit in 3...4 as ClosedRange<UInt64> {
            synchronizer.request(upTo: commit)
            device.finish(0)  // It would succeed.
            #expect(await reports.next() == Report(upTo: 1, error: EIO))
        }
        synchronizer.stop()
        #expect(device.calls.count == 2)
    }

    /// A lost name says nothing about the device, and the file that has the name by then is not the one that the next daemon
    /// would need.
    @Test(arguments: [true, false]) func aLogWithoutItsNameIsNotSyncedUntilItIsBack(isReplaced: Bool) async {
        let path = directory.path + "/wal"
        write([1], to: path)
        let device = Device()
        var (synchronizer, reports) = make(device)
        synchronizer.request(upTo: 1)
        device.finish()
        #expect(await reports.next() == Report(upTo: 1, error: 0))
        let own = inode(path)
        rename(path, path + "-away")
        if isReplaced { write([2], to: path) }
        for commit in 2...3 as ClosedRange<UInt64> { synchronizer.request(upTo: commit) }
        // Requests that came before are answered.
        synchronizer.stop()
        #expect(device.calls == [own])
    }

    @Test func aMissingLogIsAFailure() async {
        let device = Device()
        var (synchronizer, reports) = make(device)
        synchronizer.request(upTo: 1)
        #expect(await reports.next() == Report(upTo: 0, error: ENOENT))
        write([1], to: directory.path + "/wal")
        synchronizer.request(upTo: 2)
        #expect(await reports.next() == Report(upTo: 0, error: ENOENT))
        synchronizer.stop()
        #expect(device.calls.isEmpty)
    }

    @Test func stoppingAnswersWhatWasAsked() async {
        write([1], to: directory.path + "/wal")
        let device = Device()
        var (synchronizer, reports) = make(device)
        synchronizer.request(upTo: 1)
        device.waitUntilBusy()
        synchronizer.request(upTo: 2)
        device.finish()
        device.finish()
        synchronizer.stop()
        #expect(await reports.next() == Report(upTo: 1, error: 0))
        #expect(await reports.next() == Report(upTo: 2, error: 0))
        synchronizer.stop()
    }

    @Test func aJournalsOwnLog() async throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        let (reports, continuation) = AsyncStream<Report>.makeStream()
        let synchronizer = try journal.startSynchronizer { continuation.yield(Report(upTo: $0, error: $1)) }
        try journal.commitLives(1...1)
        synchronizer.request(upTo: 1)
        var iterator = reports.makeAsyncIterator()
        #expect(await iterator.next() == Report(upTo: 1, error: 0))
        try journal.sync()
        // Its descriptor comes and goes without costing SQLite its locks: a reader does not take the log away.
        synchronizer.stop()
        try JournalReader.open(path: directory.journal).close()
        try journal.commitLives(2...2)
        #expect(try JournalReader.open(path: directory.journal).rows().count == 2)
        unlink(journal.walPath)
        #expect(journalError { try journal.sync() }?.systemError == ENOENT)
    }

    @Test func nothingIsSyncedWhenSwitchedOff() throws {
        var settings = directory.settings
        settings.sync = .off
        let journal = try Journal.open(settings, now: second(0))
        unlink(journal.walPath)
        try journal.sync()
    }
}
