internal import CFlomSystem
internal import FlomClient
internal import FlomNetCore
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// The lock of a handle, from the request on: a `ProgramLock`, and what comes of it when nobody waits in a call.
final class HandleLock: Sendable {
    let lock: ProgramLock

    /// What has come of a wait that was begun; nil while it goes on.
    private let outcome = Mutex<Result<Void, ProgramLock.Failure>?>(nil)
    /// The descriptor of an event that says that there is a result; negative if the caller waits itself.
    private let event = Atomic<Int32>(-1)

    init(_ lock: ProgramLock) { self.lock = lock }

    deinit {
        let descriptor = event.load(ordering: .relaxed)
        if descriptor >= 0 { Self.close(descriptor) }
    }

    /// For `poll`; nil if nobody waits but the caller.
    var resultDescriptor: Int32? {
        let descriptor = event.load(ordering: .acquiring)
        return descriptor < 0 ? nil : descriptor
    }

    var result: Result<Void, ProgramLock.Failure>? { outcome.withLock { $0 } }

    /// Asks, and leaves the wait to the library.
    ///
    /// - Returns: whether the lock was granted at once.
    func begin() throws(ProgramLock.Failure) -> Bool {
        // Made first: a request that was sent must not be dropped for want of it.
        let descriptor = flom_eventfd()
        guard descriptor >= 0 else { throw .system("no descriptor is left for a lock that is waited for") }
        flom_keep_from_children(descriptor)
        do {
            if try lock.acquireAtOnce() {
                Self.close(descriptor)
                return true
            }
        } catch {
            Self.close(descriptor)
            throw error
        }
        event.store(descriptor, ordering: .releasing)
        lock.acquire { [weak self] result in
            self?.settle(result)
        }
        return false
    }

    private static func close(_ descriptor: Int32) {
        flom_forget_before_close(descriptor)
        Glibc.close(descriptor)
    }

    private func settle(_ result: Result<Void, ProgramLock.Failure>) {
        outcome.withLock { outcome in
            guard outcome == nil, let descriptor = resultDescriptor else { return }
            outcome = result
            var one: UInt64 = 1
            _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
        }
    }

    /// Waits for a result for at most so many milliseconds.
    func awaitResult(milliseconds: Int32) {
        guard let descriptor = resultDescriptor else { return }
        let end = Deadline.after(milliseconds: Int64(milliseconds))
        _ = Polling.wait(for: POLLIN, on: descriptor, until: end)
    }
}
