/// Syncs the write-ahead log on a thread of its own, so that those who need not wait for the device never do.
///
/// One sync serves every commit before it. A failed sync is never retried: the kernel may have dropped the pages that it could
/// not write and report success the next time, so that every later request fails as well until there is a new journal. A log that has
/// lost its name is not synced, and nothing is answered: `JournalWatch` says what becomes of it.
package final class WALSynchronizer: Sendable {
    /// Called on the synchronizer's thread, and must hand over to the caller's own: the last commit that has reached the
    /// device, and 0 or the `errno` for which nothing after it ever will.
    package typealias Completion = @Sendable (_ syncedUpTo: UInt64, _ error: Int32) -> Void

    private let thread: HelperThread

    init(file: sending WALFile, completion: @escaping Completion) {
        thread = HelperThread(Synchronizing(file, completion))
    }

    private final class Synchronizing: Helper {
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
                // To be asked again when it is back.
                if result == WALFile.isAway { return }
                failure = result
                if failure == 0 { synced = commit }
            }
            completion(synced, failure)
        }

        func end() {}
    }

    /// Returns 0 or the `errno` for which there is no thread.
    func start() -> Int32 { thread.start() }

    /// Asks that all commits up to this one reach the device; returns at once. Commits are numbered by the caller, upwards,
    /// and must be in the journal already.
    package func request(upTo commit: UInt64) { thread.ask(commit) }

    /// Answers what was asked before and ends the thread. Waits for it; not to be called from the completion.
    package func stop() { thread.stop() }
}
