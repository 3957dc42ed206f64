internal import FlomModel
internal import FlomSystem

extension FlomLock {
    /// What else may be said of a request. All of it has a default.
    public struct Options: Hashable, Sendable {
        /// Whether resources that do not exist are created. If not, the request waits for them.
        public var creates = true
        /// How long a resource that this creates lives on when nobody uses it: 0 to about 24 days; 0 is the daemon's own, about 2 s.
        public var idleLifespan = Duration.zero
        /// Over a network: whether time ends the lock of a holder that is out of the daemon's sight. If not, only a person does.
        public var hasLease = true
        /// Whether a request from within another lock is refused if it could never be granted. Means nothing with a timeout.
        public var isRefusedInDeadlock = true
        /// What the queue and the history show as the command; nil for the program's own command line. Empty for none.
        public var description: [String]?

        public init() {}
    }

    /// What becomes of the body of `withLock` when its lock is lost.
    public enum LossPolicy: Hashable, Sendable {
        /// The body's task is cancelled, and `withLock` throws `FlomError.lockLost` when it has ended, whatever has come of it.
        case cancelBody
        /// The body goes on. It can look at `state` and `states`.
        case keepGoing
    }

    /// Waits for the lock and takes it.
    ///
    /// - Parameters:
    ///   - name: the name of the resource: see `FlomResource`.
    ///   - quantity: how many of a pool.
    ///   - timeout: for the daemon and the lock together, to the millisecond, up to about 24 days; zero does not wait for the lock, nil
    ///     waits for ever.
    /// - Throws: `FlomError`, or `CancellationError` if the task is cancelled: then the request is withdrawn.
    public static func acquire(
        _ name: String, mode: FlomLockMode = .exclusive, quantity: Int = 1, timeout: Duration? = nil,
        at endpoint: FlomEndpoint = .local,
        options: Options = Options()
    ) async throws -> FlomLock {
        try await acquire(
            [FlomResource(name, mode: mode, quantity: quantity)], timeout: timeout, at: endpoint, options: options)
    }

    /// Waits for several resources, 1 to 64, and takes them at one moment, all or none.
    ///
    /// - Throws: as above.
    public static func acquire(
        _ resources: [FlomResource], timeout: Duration? = nil, at endpoint: FlomEndpoint = .local, options: Options = Options()
    ) async throws -> FlomLock {
        try Task.checkCancellation()
        let (terms, shared) = (try terms(resources, timeout, options), endpoint.shared)
        let news = LockNews()
        let lock: ProgramLock
        do {
            lock = try ProgramLock(terms, at: shared, description: description(options)) { change in
                news.note(change) { $0.sentence(terms, at: shared) }
            }
            if try lock.acquireAtOnce() { return FlomLock(lock, resources, news) }
            let result = await withTaskCancellationHandler {
                await withUnsafeContinuation { continuation in lock.acquire { continuation.resume(returning: $0) } }
            } onCancel: {
                lock.cancel()
            }
            try result.get()
        } catch {
            throw FlomError(error, terms, at: shared) as (any Error)? ?? CancellationError()
        }
        return FlomLock(lock, resources, news)
    }

    /// Runs `body` under the lock, and releases it: with `commit` if the body returns, with `rollback` if it throws.
    ///
    /// Locks that the body asks for are asked for from within this one: they pass requests that wait for it, and are refused as deadlocks
    /// where they could never be granted.
    ///
    /// - Parameters:
    ///   - name: as for `acquire`; the others likewise.
    ///   - policy: what happens if the lock is lost while the body runs.
    /// - Throws: what `acquire` throws, what the body throws, and `FlomError.lockLost` if the body was cancelled because of that.
    public static func withLock<Result>(
        _ name: String, mode: FlomLockMode = .exclusive, quantity: Int = 1, timeout: Duration? = nil,
        at endpoint: FlomEndpoint = .local,
        options: Options = Options(), onLost policy: LossPolicy = .cancelBody,
        isolation: isolated (any Actor)? = #isolation, _ body: (FlomLock) async throws -> sending Result
    ) async throws -> sending Result {
        try await withLock(
            [FlomResource(name, mode: mode, quantity: quantity)], timeout: timeout, at: endpoint, options: options,
            onLost: policy,
            isolation: isolation, body)
    }

    /// Runs `body` under a lock on several resources: see above.
    public static func withLock<Result>(
        _ resources: [FlomResource], timeout: Duration? = nil, at endpoint: FlomEndpoint = .local, options: Options = Options(),
        onLost policy: LossPolicy = .cancelBody, isolation: isolated (any Actor)? = #isolation,
        _ body: (FlomLock) async throws -> sending Result
    ) async throws -> sending Result {
        let lock = try await acquire(resources, timeout: timeout, at: endpoint, options: options)
        do {
            // Only the body had it, which is over.
            nonisolated(unsafe) let result = try await $enclosing.withValue(lock.requestID) {
                switch policy {
                case .keepGoing: try await body(lock)
                case .cancelBody: try await LockedBody.run(body, under: lock)
                }
            }
            await lock.release(.commit)
            return result
        } catch {
            await lock.release(.rollback)
            throw error
        }
    }

    // MARK: - Terms

    /// The lock in whose body this task runs.
    @TaskLocal static var enclosing: String?

    private static func terms(
        _ resources: [FlomResource], _ timeout: Duration?, _ options: Options
    ) throws(FlomError) -> LockTerms {
        guard (1...mostResources).contains(resources.count) else {
            throw .invalidValue("\(resources.count) resources cannot be locked at once: 1 to \(mostResources) can")
        }
        var terms = LockTerms(try resources.map { resource throws(FlomError) in try resource.part() })
        if let timeout { terms.timeoutMilliseconds = try milliseconds(timeout, "timeout") }
        terms.mayCreate = options.creates
        terms.idleLifespanMilliseconds = try milliseconds(options.idleLifespan, "idle lifespan")
        terms.isLeaseless = !options.hasLease
        terms.mayBeRefusedAsDeadlock = options.isRefusedInDeadlock
        terms.parent = enclosing ?? ProgramFacts.enclosingRequest
        return terms
    }

    private static let mostResources = 64

    private static func milliseconds(_ span: Duration, _ what: String) throws(FlomError) -> Int32 {
        guard let milliseconds = Int32(exactly: span.wholeMilliseconds), milliseconds >= 0 else {
            throw .invalidValue("a \(what) of \(span) is not accepted: it is 0 to \(Int32.max) ms")
        }
        return milliseconds
    }

    private static func description(_ options: Options) -> [[UInt8]]? {
        guard let words = options.description else { return ProgramFacts.commandLine }
        return words.isEmpty ? nil : words.map { Array($0.utf8) }
    }
}
