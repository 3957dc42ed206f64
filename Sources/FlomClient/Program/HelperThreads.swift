internal import FlomSystem
internal import Glibc

/// A few threads for what may block: to reach a daemon, to start one, to call the program. They end when there is nothing to do.
final class HelperThreads: @unchecked Sendable {
    /// Threads at once.
    static let most = 4
    /// The most of them for one key, so that an endpoint which does not answer leaves some for others.
    private let mostPerKey: Int
    /// How long a thread waits for something to do.
    private static let idleSeconds = 1

    private struct Job: Sendable {
        let key: UInt64
        let work: @Sendable () -> Void
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let news: UnsafeMutablePointer<pthread_cond_t>
    // Under the mutex.
    private var jobs: [Job] = []
    private var busy: [UInt64: Int] = [:]
    private var threads = 0
    private var idle = 0

    init(mostPerKey: Int) {
        self.mostPerKey = mostPerKey
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        news = .allocate(capacity: 1)
        news.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(news, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(news)
        pthread_mutex_destroy(mutex)
        news.deallocate()
        mutex.deallocate()
    }

    /// Has `work` done, when a thread is free for its key.
    ///
    /// - Returns: false if no thread can be made, and there is none: then it is not done.
    func run(for key: UInt64, _ work: @escaping @Sendable () -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        jobs.append(Job(key: key, work: work))
        if idle > 0 { pthread_cond_signal(news) }
        // A thread that has been called before may not have come yet: it counts as idle, and its job as one that is left.
        guard jobs.count > idle, threads < Self.most, busy[key, default: 0] < mostPerKey else { return true }
        threads += 1
        do {
            pthread_detach(try SystemThread.start(Helper(self)))
            return true
        } catch {
            threads -= 1
            if threads > 0 { return true }
            jobs.removeLast()
            return false
        }
    }

    private final class Helper: ThreadBody {
        private let threads: HelperThreads
        init(_ threads: HelperThreads) { self.threads = threads }
        func run() { threads.serve() }
    }

    private func serve() {
        pthread_mutex_lock(mutex)
        while let job = next() {
            pthread_mutex_unlock(mutex)
            job.work()
            pthread_mutex_lock(mutex)
            let left = busy[job.key, default: 1] - 1
            busy[job.key] = left == 0 ? nil : left
        }
        threads -= 1
        pthread_mutex_unlock(mutex)
    }

    /// Nil when there has been nothing to do for a while. Call it with the mutex.
    private func next() -> Job? {
        while true {
            if let index = jobs.firstIndex(where: { busy[$0.key, default: 0] < mostPerKey }) {
                let job = jobs.remove(at: index)
                busy[job.key, default: 0] += 1
                return job
            }
            var end = timespec()
            clock_gettime(CLOCK_MONOTONIC, &end)
            end.tv_sec += Self.idleSeconds
            idle += 1
            let result = pthread_cond_timedwait(news, mutex, &end)
            idle -= 1
            if result == ETIMEDOUT, !jobs.contains(where: { busy[$0.key, default: 0] < mostPerKey }) { return nil }
        }
    }
}
