internal import CFlomSystem
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import Synchronization

/// The thread that looks after the locks of a program: it keeps those that are held while their daemon comes and goes, waits for those that
/// are asked for, and closes connections that nobody needs any more. One for a process, from the first lock on.
///
/// A lock that is taken and released at once costs the thread nothing. It looks from time to time (`tickMilliseconds`) at the locks that
/// were taken since, and only then begins to watch their connections.
package final class LockLoop: ThreadBody, @unchecked Sendable {
    static let tickMilliseconds: Int64 = 50
    /// How long a connection is kept for the next lock: so many ticks.
    static let keptTicks: UInt32 = 20
    /// The most connections that are kept for one endpoint.
    static let mostKept = 32
    private static let secretsAtOnce = 16
    private static let mostCredentials = 64

    struct Kept: Sendable {
        let box: ConnectionBox
        let since: UInt32
    }

    /// Used by one thread at a time: by none while it is kept.
    final class ConnectionBox: @unchecked Sendable {
        var connection: ClientConnection?
        init(_ connection: consuming ClientConnection) { self.connection = consume connection }
    }

    struct State: Sendable {
        /// The locks that were taken a moment ago and are not watched yet.
        var fresh: [ProgramLock] = []
        /// All others that there is something to do about.
        var driven: [UInt64: ProgramLock] = [:]
        /// The locks that other threads have something to say about; whether it is a helper that has done its step.
        var submitted: [(lock: ProgramLock, byHelper: Bool)] = []
        /// The connections that are kept, by the number of their endpoint, the latest last.
        var kept: [UInt64: [Kept]] = [:]
        var keptCount = 0
        var credentials: [UInt64: TLSCredentials] = [:]
        var tick: UInt32 = 0
        var ticks = false
        /// Whether nobody uses this loop.
        var isSurplus = false
        var lastNumber: UInt64 = 0
        /// For the secrets of the next locks.
        var random: [UInt8] = []
    }

    private let process = flom_process_generation()
    let state = Mutex(State())
    let helpers = HelperThreads(mostPerKey: 2)
    /// One for a key, so that what is told with it is told in its order.
    private let callers = HelperThreads(mostPerKey: 1)
    /// What this process says of itself.
    let client = ClientFacts()
    let epoll: Int32
    private let wakeUp: WakeUp
    // Used by the loop's thread alone.
    var timers = TimerHeap()
    private var nextTick = Deadline.never

    // MARK: - One for a process

    private static let present = Atomic<UInt>(0)

    /// The loop of this process. Made anew in a child: its parent's stays as it is, and the thread of that is not here.
    static func current() throws(ProgramLock.Failure) -> LockLoop {
        let known = present.load(ordering: .acquiring)
        if let pointer = UnsafeRawPointer(bitPattern: known) {
            let loop = Unmanaged<LockLoop>.fromOpaque(pointer).takeUnretainedValue()
            if loop.isOfThisProcess { return loop }
        }
        return try begin(insteadOf: known)
    }

    private static func begin(insteadOf known: UInt) throws(ProgramLock.Failure) -> LockLoop {
        let loop: LockLoop
        do { loop = try LockLoop() } catch { throw .system("locks need descriptors: \(error)") }
        do { pthread_detach(try SystemThread.start(loop)) } catch { throw .system("\(error)") }
        let made = Unmanaged.passRetained(loop)
        let (isFirst, _) = present.compareExchange(
            expected: known, desired: UInt(bitPattern: made.toOpaque()), ordering: .acquiringAndReleasing)
        if isFirst { return loop }
        // Another thread was faster.
        made.release()
        loop.state.withLock { $0.isSurplus = true }
        loop.wakeUp.call()
        return try current()
    }

    private init() throws(SystemError) {
        guard let wakeUp = WakeUp() else { throw SystemError("eventfd") }
        self.wakeUp = wakeUp
        epoll = flom_epoll_create()
        guard epoll >= 0, flom_epoll_add(epoll, wakeUp.descriptor, 0) == 0 else { throw SystemError("epoll") }
        flom_keep_from_children(epoll)
    }

    deinit {
        flom_forget_before_close(epoll)
        close(epoll)
    }

    var isOfThisProcess: Bool { process == flom_process_generation() }

    /// A number for a lock, and its secret. Nil if the kernel gives no random bytes.
    func nextLock() -> (number: UInt64, secret: SessionSecret)? {
        state.withLock { state in
            if state.random.isEmpty {
                // For several locks: the bytes of one cost as much.
                guard let bytes = Host.randomBytesIfAny(Self.secretsAtOnce * SessionSecret.byteCount) else { return nil }
                state.random = bytes
            }
            guard let secret = SessionSecret(Array(state.random.suffix(SessionSecret.byteCount))) else { return nil }
            state.random.removeLast(SessionSecret.byteCount)
            state.lastNumber += 1
            return (state.lastNumber, secret)
        }
    }

    // MARK: - What other threads say

    /// The lock is held. It is looked after from now on.
    func hold(_ lock: ProgramLock) {
        let isNews = state.withLock { state in
            state.driven[lock.number] = nil
            lock.freshIndex = state.fresh.count
            lock.freshSince = state.tick
            state.fresh.append(lock)
            return state.beginTicks()
        }
        if isNews { wakeUp.call() }
    }

    /// Its holder lets go of it. Call it with the lock's turn.
    func forget(_ lock: ProgramLock) {
        let wasDriven = state.withLock { state in
            if let index = lock.freshIndex {
                state.removeFresh(at: index)
                return false
            }
            return state.driven.removeValue(forKey: lock.number) != nil
        }
        if wasDriven, let descriptor = lock.session.descriptor { _ = flom_epoll_remove(epoll, descriptor) }
    }

    /// There is something to do about the lock.
    func submit(_ lock: ProgramLock, byHelper: Bool = false) {
        let isNews = state.withLock { state in
            state.submitted.append((lock, byHelper))
            return state.submitted.count == 1
        }
        if isNews { wakeUp.call() }
    }

    /// Does a step of the lock that may block, on a helper thread.
    ///
    /// - Returns: false if there is no thread.
    func help(_ lock: ProgramLock, then done: @escaping @Sendable () -> Void) -> Bool {
        helpers.run(for: lock.endpoint.number) {
            lock.turn.enter()
            _ = lock.step(mayBlock: true)
            lock.leaveTurn()
            done()
        }
    }

    /// Calls the program, on a thread that nothing else needs: it may take and release other locks there. One call for a key at a time, in
    /// their order.
    package static func callProgram(_ key: UInt64, _ call: @escaping @Sendable () -> Void) {
        guard let loop = try? current(), loop.callers.run(for: key, call) else { return call() }
    }

    // MARK: - Connections

    func keep(_ connection: consuming ClientConnection, for endpoint: ProgramEndpoint) {
        let box = ConnectionBox(connection)
        let (isNews, surplus) = state.withLock { state in
            var kept = state.kept[endpoint.number] ?? []
            state.kept[endpoint.number] = nil
            let surplus = kept.count < Self.mostKept ? nil : kept.removeFirst()
            kept.append(Kept(box: box, since: state.tick))
            state.kept[endpoint.number] = kept
            if surplus == nil { state.keptCount += 1 }
            return (state.beginTicks(), surplus)
        }
        _ = surplus
        if isNews { wakeUp.call() }
    }

    func takeConnection(of endpoint: ProgramEndpoint) -> ClientConnection? {
        let kept = state.withLock { state in
            guard let kept = state.kept[endpoint.number]?.popLast() else { return nil as Kept? }
            state.keptCount -= 1
            return kept
        }
        return kept?.box.connection.take()
    }

    func credentials(for endpoint: ProgramEndpoint) throws(NetworkError) -> TLSCredentials? {
        guard let settings = endpoint.way.tls else { return nil }
        if let known = state.withLock({ $0.credentials[endpoint.number] }) { return known }
        let made = try TLSCredentials(settings, for: .client, hidesMemory: false)
        state.withLock { state in
            // A program that goes on making endpoints does not keep the keys of all.
            if state.credentials.count >= Self.mostCredentials { state.credentials = [:] }
            state.credentials[endpoint.number] = made
        }
        return made
    }

    // MARK: - The thread

    func run() {
        Processes.setOwnName("flom-locks")
        var tags = [UInt64](repeating: 0, count: 64)
        while true {
            let next = Deadline.earlier(nextTick, Deadline(at: timers.first?.at ?? .max))
            let count = flom_epoll_wait(epoll, &tags, Int32(tags.count), next.pollMilliseconds)
            for tag in tags.prefix(Int(max(0, count))) {
                if tag == 0 {
                    wakeUp.clear()
                    _ = flom_epoll_again(epoll, wakeUp.descriptor, 0)
                } else if let lock = state.withLock({ $0.driven[tag] }) {
                    drive(lock)
                }
            }
            guard hear() else { return }
            fireTimers()
            tick()
        }
    }

    /// - Returns: false if the thread is to end.
    private func hear() -> Bool {
        let (submitted, isSurplus) = state.withLock { state in
            defer { state.submitted = [] }
            if state.ticks && nextTick.at == .max { nextTick = .after(milliseconds: Self.tickMilliseconds) }
            return (state.submitted, state.isSurplus)
        }
        for (lock, byHelper) in submitted {
            if byHelper { lock.isWithHelper = false }
            drive(lock)
        }
        return !isSurplus
    }

    private func fireTimers() {
        while let timer = timers.first, Deadline(at: timer.at).hasPassed {
            timers.removeFirst()
            guard let lock = state.withLock({ $0.driven[timer.tag] }), lock.timer.version == timer.version else { continue }
            lock.timer.at = .max
            drive(lock)
        }
    }

    private func tick() {
        guard nextTick.hasPassed else { return }
        let (aged, idle, goesOn) = state.withLock { $0.advanceTick() }
        _ = idle
        nextTick = goesOn ? .after(milliseconds: Self.tickMilliseconds) : .never
        for lock in aged { drive(lock, describes: true) }
    }
}

extension LockLoop.State {
    /// - Returns: whether the thread has to be told that it ticks from now on.
    fileprivate mutating func beginTicks() -> Bool {
        defer { ticks = true }
        return !ticks
    }

    fileprivate mutating func removeFresh(at index: Int) {
        fresh[index].freshIndex = nil
        let last = fresh.removeLast()
        guard index < fresh.count else { return }
        fresh[index] = last
        last.freshIndex = index
    }

    /// - Returns: the locks that are watched from now on, the connections that are closed, and whether there is another tick.
    fileprivate mutating func advanceTick() -> (aged: [ProgramLock], idle: [LockLoop.Kept], goesOn: Bool) {
        tick &+= 1
        let aged = fresh.filter { tick &- $0.freshSince > 1 }
        for lock in aged {
            if let index = lock.freshIndex { removeFresh(at: index) }
            driven[lock.number] = lock
        }
        var idle: [LockLoop.Kept] = []
        for (endpoint, connections) in kept {
            let count = connections.prefix { tick &- $0.since >= LockLoop.keptTicks }.count
            guard count > 0 else { continue }
            idle += connections.prefix(count)
            kept[endpoint] = count == connections.count ? nil : Array(connections.dropFirst(count))
        }
        keptCount -= idle.count
        ticks = !fresh.isEmpty || keptCount > 0
        return (aged, idle, ticks)
    }
}
