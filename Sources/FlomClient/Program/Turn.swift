internal import Glibc

/// The right to use what one thread at a time may use, for threads that can do something else meanwhile.
///
/// Not a `Mutex`: a thread may keep the right from one call to the next.
final class Turn: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func enter() { pthread_mutex_lock(mutex) }
    /// - Returns: false, without waiting, if another thread has it.
    func enterIfFree() -> Bool { pthread_mutex_trylock(mutex) == 0 }
    func leave() { pthread_mutex_unlock(mutex) }
}
