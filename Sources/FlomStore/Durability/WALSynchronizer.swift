/// Syncs the write-ahead log on a thread of its own, so that only the answers that need the device wait for it.
///
/// One sync serves every commit before it. A failed sync is never retried: the kernel may have dropped the pages that it could
/// not write, and may report success the next time. Every later request fails as well, until there is a new journal. A log that
/// has lost its name is not synced, and the request is not answered: `JournalWatch` reports what became of the log.
package final class WALSynchronizer: Sendable {
    /// The result of a sync: the last commit that has reached the device, and 0 or the `errno` because of which no later commit
    /// ever will. Called on the synchronizer's thread; must pass the result on to the owner's thread.
    package typealias Completion = @Sendable (_ syncedUpTo: UInt64, _ error: Int32) -> Void

    private let thread: HelperThread

    init(file: sending WALFile, completion: @escaping Completion) {
        thread = HelperThread(SyncWork(file, completion))
    }

    private final class SyncWork: HelperWork {
        private let file: WALFile
        private let completion: Completion
        private var synced: UInt64 = 0
        private var failure: Int32 = 0

        init(_ file: WALFile, _ completion: @escaping Completion) {
            self.file = file
            self.completion = completion
        }

        func work(_ commit: UInt64) {
            if failure == 0 {
                let result = file.synchronize()
                // The owner asks again when the log is back.
                if result == WALFile.isAway { return }
                failure = result
                if failure == 0 { synced = commit }
            }
            completion(synced, failure)
        }

        func end() {}
    }

    /// Starts the thread. Returns 0, or the `errno` if there is no thread.
    func start() -> Int32 { thread.start() }

    /// Asks for all commits up to this one to reach the device, and returns at once. The caller numbers commits in ascending
    /// order; they must already be in the journal.
    package func request(upTo commit: UInt64) { thread.ask(commit) }

    /// Finishes the syncs that were asked for, and ends the thread. Waits for it; must not be called from the completion.
    package func stop() { thread.stop() }
}
