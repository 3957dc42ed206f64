internal import FlomSystem
internal import Glibc

/// The work of a helper thread. All calls are made on that thread.
protocol HelperWork: AnyObject {
    /// - Parameter number: the greatest number that was asked for.
    func work(_ number: UInt64)
    /// The last call, before the thread ends.
    func end()
}

/// A thread for work that would hold up its owner. The owner asks for ascending numbers; one run of the work serves all numbers
/// that were asked for before it.
final class HelperThread: ThreadBody, @unchecked Sendable {
    // Both threads use everything below under `mutex`, except for `helper`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
    private let helper: any HelperWork
    private var wanted: UInt64 = 0
    private var isAsked = false
    private var isStopping = false
    private var thread: pthread_t?

    init(_ helper: sending any HelperWork) {
        self.helper = helper
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
        do { thread = try SystemThread.start(self) } catch { return error.code }
        return 0
    }

    /// Returns at once.
    func ask(_ number: UInt64) {
        pthread_mutex_lock(mutex)
        wanted = max(wanted, number)
        isAsked = true
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
    }

    /// Finishes the work that was asked for, and ends the thread. Waits for it; must not be called from the work itself.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopping = true
        let running = thread
        thread = nil
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
        if let running { pthread_join(running, nil) }
    }

    func run() {
        while let number = nextRequest() { helper.work(number) }
        helper.end()
    }

    /// The next number to work for; nil when the thread is to end.
    private func nextRequest() -> UInt64? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isAsked && !isStopping { pthread_cond_wait(wakeUp, mutex) }
        guard isAsked else { return nil }
        isAsked = false
        return wanted
    }
}
