internal import CFlomLibrary
internal import CFlomSystem
internal import FlomClient
internal import Glibc
internal import Synchronization

/// How a program learns that the lock of a handle is lost: it asks, polls a descriptor, or is called.
final class LossNotice: Sendable {
    typealias Callback = @convention(c) (UnsafeMutablePointer<flom_handle_t>?, Int32, UnsafeMutableRawPointer?) -> Void

    private struct State: ~Copyable {
        /// Counts the locks. What is said of an earlier one comes too late.
        var lock: UInt64 = 0
        var isLost = false
        var call: Call?
    }

    /// The program answers for what it wants to be called with on another thread.
    private struct Call: @unchecked Sendable {
        let callback: Callback
        let handle: HandlePointer
        let context: UnsafeMutableRawPointer?
    }

    private let state = Mutex(State())
    /// Negative as long as nobody has asked for it. Changed under the mutex, and read without it at the end: in a child, a thread that is not
    /// there may have that.
    private let made = Atomic<Int32>(-1)
    /// Held while the program is called, so that what it is called with can be freed afterwards.
    private let calling = CallLock()

    /// Whether the present thread is the one that calls the program.
    var isInCall: Bool { calling.isHeldHere }

    var isLost: Bool { state.withLock { $0.isLost } }

    /// Readable when the lock is lost; nil if there can be none.
    var descriptor: Int32? {
        state.withLock { state in
            if let known { return known }
            let descriptor = flom_eventfd()
            guard descriptor >= 0 else { return nil }
            flom_keep_from_children(descriptor)
            if state.isLost { Self.raise(descriptor) }
            made.store(descriptor, ordering: .relaxed)
            return descriptor
        }
    }

    private var known: Int32? {
        let descriptor = made.load(ordering: .relaxed)
        return descriptor < 0 ? nil : descriptor
    }

    func call(_ callback: Callback?, _ handle: HandlePointer, _ context: UnsafeMutableRawPointer?) {
        let call = callback.map { Call(callback: $0, handle: handle, context: context) }
        state.withLock { $0.call = call }
        calling.waitForOthers()
    }

    /// A lock is asked for.
    ///
    /// - Returns: its number, for what is said of it.
    func begin() -> UInt64 {
        state.withLock { state in
            state.lock += 1
            if state.isLost, let descriptor = known { Self.lower(descriptor) }
            state.isLost = false
            return state.lock
        }
    }

    /// The lock is given back.
    func end() { state.withLock { $0.lock += 1 } }

    /// The lock is lost.
    func happened(_ lock: UInt64) { tell(lock, isLost: true, FLOM_RC_LOCK_LOST) }

    /// The lock was taken for lost, and is still held.
    func didNotHappen(_ lock: UInt64) { tell(lock, isLost: false, FLOM_RC_OK) }

    private func tell(_ lock: UInt64, isLost: Bool, _ code: Int32) {
        let isCalled = state.withLock { state in
            guard state.lock == lock else { return false }
            state.isLost = isLost
            if let descriptor = known { isLost ? Self.raise(descriptor) : Self.lower(descriptor) }
            return state.call != nil
        }
        guard isCalled else { return }
        LockLoop.callProgram(UInt64(UInt(bitPattern: ObjectIdentifier(self)))) { [self] in callProgram(lock, code) }
    }

    private func callProgram(_ lock: UInt64, _ code: Int32) {
        calling.hold {
            if let call = state.withLock({ $0.lock == lock ? $0.call : nil }) { call.callback(call.handle, code, call.context) }
        }
    }

    /// The handle is freed: nobody is called any more.
    func close() {
        state.withLock { $0.call = nil }
        closeDescriptor()
        calling.waitForOthers()
    }

    deinit { closeDescriptor() }

    private func closeDescriptor() {
        let descriptor = made.exchange(-1, ordering: .relaxed)
        if descriptor >= 0 { Self.close(descriptor) }
    }

    private static func close(_ descriptor: Int32) {
        flom_forget_before_close(descriptor)
        Glibc.close(descriptor)
    }

    private static func raise(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    private static func lower(_ descriptor: Int32) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// A lock that the thread which holds it does not wait for.
private final class CallLock: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let holder = Atomic<UInt>(0)

    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    private static var thread: UInt { UInt(pthread_self()) }

    var isHeldHere: Bool { holder.load(ordering: .relaxed) == Self.thread }

    func hold(_ body: () -> Void) {
        pthread_mutex_lock(mutex)
        holder.store(Self.thread, ordering: .relaxed)
        body()
        holder.store(0, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until no other thread holds the lock.
    func waitForOthers() {
        if isHeldHere { return }
        pthread_mutex_lock(mutex)
        pthread_mutex_unlock(mutex)
    }
}
