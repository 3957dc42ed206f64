internal import Glibc

/// Syncs the write-ahead log on a thread of its own, so that those who need not wait for the device never do.
///
/// One sync serves every commit before it. A failed sync is never retried: the kernel may have dropped the pages that it could
/// not write and report success the next time, so that every later request fails as well until there is a new journal.
package final class WALSynchronizer: @unchecked Sendable {
    /// Called on the synchronizer's thread, and must hand over to the caller's own: the last commit that has reached the
    /// device, and 0 or the `errno` for which nothing after it ever will.
    package typealias Completion = @Sendable (_ syncedUpTo: UInt64, _ error: Int32) -> Void

    // Everything below is used by several threads: `file` by the helper alone, the rest under `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
    private let file: WALFile
    private let completion: Completion
    private var wanted: UInt64 = 0
    private var isAsked = false
    private var isStopping = false
    private var thread: pthread_t?

    /// Starts the thread. It blocks all signals, so that none is ever delivered to it.
    init(file: sending WALFile, completion: @escaping Completion) {
        self.file = file
        self.completion = completion
        mutex = .allocate(capacity: 1)
        wakeUp = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wakeUp, nil)
    }

    deinit {
        pthread_cond_destroy(wakeUp)
        pthread_mutex_destroy(mutex)
        wakeUp.deallocate()
        mutex.deallocate()
    }

    /// Returns 0 or the `errno` for which there is no thread.
    func start() -> Int32 {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, synchronizerMain, context.toOpaque())
        if result != 0 { context.release() } else { self.thread = thread }
        return result
    }

    /// Asks that all commits up to this one reach the device; returns at once. Commits are numbered by the caller, upwards,
    /// and must be in the journal already.
    package func request(upTo commit: UInt64) {
        pthread_mutex_lock(mutex)
        wanted = max(wanted, commit)
        isAsked = true
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
    }

    /// Answers what was asked before and ends the thread. Waits for it; not to be called from the completion.
    package func stop() {
        pthread_mutex_lock(mutex)
        isStopping = true
        let running = thread
        thread = nil
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
        if let running { pthread_join(running, nil) }
    }

    fileprivate func serve() {
        var synced: UInt64 = 0
        var failure: Int32 = 0
        while let commit = nextRequest() {
            if failure == 0 {
                failure = file.synchronize()
                if failure == 0 { synced = commit }
            }
            completion(synced, failure)
        }
    }

    /// Nil when it is time to end.
    private func nextRequest() -> UInt64? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isAsked && !isStopping { pthread_cond_wait(wakeUp, mutex) }
        guard isAsked else { return nil }
        isAsked = false
        return wanted
    }
}

/// At file scope: a closure would be checked against the executor of whoever made it and trap on this thread.
private func synchronizerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let synchronizer = Unmanaged<WALSynchronizer>.fromOpaque(context!).takeRetainedValue()
    synchronizer.serve()
    return nil
}
