internal import CFlomSystem
internal import FlomClient
internal import FlomNetCore
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// The lock of a handle, from the request on: a `ProgramLock`, and what comes of it when nobody waits in a call.
final class HandleLock: Sendable {
    let lock: ProgramLock

    private struct Wait {
        /// The descriptor of an event that says that there is a result; nil if the caller waits itself.
        var descriptor: Int32?
        var result: Result<Void, ProgramLock.Failure>?
    }

    private let wait = Mutex(Wait())

    init(_ lock: ProgramLock) { self.lock = lock }

    deinit {
        if let descriptor = wait.withLock({ $0.descriptor }) {
            flom_forget_before_close(descriptor)
            close(descriptor)
        }
    }

    /// For `poll`; nil if nobody waits but the caller.
    var resultDescriptor: Int32? { wait.withLock { $0.descriptor } }
    /// What has come of a wait that was begun; nil while it goes on.
    var result: Result<Void, ProgramLock.Failure>? { wait.withLock { $0.result } }

    /// Has the library wait for the lock.
    func begin() throws(ProgramLock.Failure) {
        let descriptor = flom_eventfd()
        guard descriptor >= 0 else { throw .system("no descriptor is left for a lock that is waited for") }
        flom_keep_from_children(descriptor)
        wait.withLock { $0.descriptor = descriptor }
        lock.acquire { [weak self] result in
            self?.settle(result)
        }
    }

    private func settle(_ result: Result<Void, ProgramLock.Failure>) {
        wait.withLock { wait in
            guard wait.result == nil, let descriptor = wait.descriptor else { return }
            wait.result = result
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
