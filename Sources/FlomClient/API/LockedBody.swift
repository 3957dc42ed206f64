/// A body that is cancelled when its lock is lost.
///
/// It runs in a task of its own, which can be cancelled without the task that waits for it. The two never run at the same time, so the body
/// may use whatever the waiting task may, and it is as isolated as it is there.
enum LockedBody {
    private final class Passed<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// - Throws: what the body throws, or `lockLost`.
    static func run<Result>(
        _ body: (FlomLock) async throws -> sending Result, under lock: FlomLock, isolation: isolated (any Actor)? = #isolation
    ) async throws -> sending Result {
        let result = await withoutActuallyEscaping(body) { body in
            // Makes this closure as isolated as the function.
            _ = isolation
            let passed = Passed(body)
            return await outcome(of: passed, under: lock)
        }
        if case .lost(let reason) = lock.state { throw FlomError.lockLost(reason) }
        return try result.get().value
    }

    private static func outcome<Result>(
        of body: Passed<(FlomLock) async throws -> sending Result>, under lock: FlomLock
    ) async -> Swift.Result<Passed<Result>, any Error> {
        let task = Task { Passed(try await body.value(lock)) }
        lock.whenLost { _ in task.cancel() }
        return await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
    }
}
