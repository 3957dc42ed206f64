import FlomEngine
import FlomModel
import Glibc

@testable import FlomDaemon

/// One time stamp resource: an engine with the daemon's own rendering, a clock that the test sets, and the state that a journal would keep.
struct StampWorld {
    enum Reply: Equatable {
        case given(String)
        case queued
        /// Whether only time, or the number of holders, holds a request up.
        case busy
        case clockBehind(milliseconds: Int64)
        case usedUp
    }

    private let name: ResourceName
    private var engine: Engine
    private var effects = Effects()
    private var bootMilliseconds: Int64 = 1_000_000
    /// The wall clock, in microseconds since 1970.
    private(set) var wall: Int64

    private var living: StoredResource?
    private var lastStamp: TimestampValue?
    private var lastRequest: Int64 = 0
    private var lastToken = FencingToken(0)

    private var lastSession: UInt64 = 0
    private(set) var holders: [SessionID] = []
    private(set) var waiters: Set<SessionID> = []
    /// Every text in the order of the grants, and the refusals of waiters that got none.
    private(set) var given: [String] = []
    private(set) var turnedAway: [Reply] = []

    init(_ format: String, capacity: Int = 1, second: Int64) throws {
        name = try ResourceName(Array("_t_\(format)[\(capacity)]".utf8))
        engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0, renderer: .local)
        wall = second * 1_000_000
    }

    // MARK: - Events

    mutating func ask(waiting: Bool = false) -> Reply {
        var request = LockRequest(resource: name, mode: .exclusive)
        request.mayWait = waiting
        lastSession += 1
        let session = SessionID(lastSession)
        return step(.lock(session, request))[session] ?? .busy
    }

    /// The oldest holder releases.
    mutating func release() {
        guard !holders.isEmpty else { return }
        step(.unlock(holders.removeFirst(), name, .exited(status: 0)))
    }

    mutating func releaseAll() { while !holders.isEmpty { release() } }

    /// Time goes by; the daemon keeps its deadlines meanwhile.
    mutating func pass(milliseconds: Int64) {
        let end = bootMilliseconds + milliseconds
        while let deadline = engine.nextDeadline, deadline <= Instant(nanoseconds: end * 1_000_000) {
            let at = max(bootMilliseconds, (deadline.nanoseconds + 999_999) / 1_000_000)
            wall += (at - bootMilliseconds) * 1000
            bootMilliseconds = at
            step(.deadlinePassed)
        }
        wall += (end - bootMilliseconds) * 1000
        bootMilliseconds = end
    }

    /// The wall clock is set.
    mutating func set(byMilliseconds milliseconds: Int64) { wall += milliseconds * 1000 }

    /// The daemon ends, and the next one starts after a while. Holders and waiters are gone.
    mutating func restart(after milliseconds: Int64) {
        for session in waiters { step(.hungUp(session)) }
        waiters = []
        releaseAll()
        bootMilliseconds += milliseconds
        wall += milliseconds * 1000
        engine = Engine(
            policy: .bounded, nextRequest: lastRequest + 1, epoch: 1, lastTokenCounter: lastToken.counter,
            living: living.map { [$0] } ?? [], lastStamps: lastStamp.map { [name: $0] } ?? [:], renderer: .local)
        step(.recovered)
    }

    // MARK: - Results

    @discardableResult
    private mutating func step(_ input: Input) -> [SessionID: Reply] {
        effects.removeAll()
        let now = Instant(nanoseconds: bootMilliseconds * 1_000_000)
        engine.step(input, at: Moment(boottime: now, wallMicroseconds: wall), into: &effects)
        for event in effects.events { lastRequest = max(lastRequest, event.request.number) }
        for change in effects.lives { record(change) }
        var replies: [SessionID: Reply] = [:]
        for answer in effects.answers { replies[answer.session] = reply(to: answer) }
        return replies
    }

    private mutating func record(_ change: ResourceChange) {
        switch change {
        case .lives(var resource):
            // As in the store, the last stamp outlives the resource and is kept beside it.
            if case .timestamp(let first, let last) = resource.state {
                lastStamp = last ?? lastStamp
                resource.state = .timestamp(firstShown: first, last: nil)
            }
            living = resource
        case .ended, .allEnded: living = nil
        }
    }

    private mutating func reply(to answer: Answer) -> Reply? {
        let wasWaiting = waiters.contains(answer.session)
        switch answer.body {
        case .granted(let grant, _):
            waiters.remove(answer.session)
            holders.append(answer.session)
            lastToken = grant.token
            given.append(String(decoding: grant.element ?? [], as: UTF8.self))
            return .given(given[given.count - 1])
        case .queued:
            waiters.insert(answer.session)
            return .queued
        case .refused(let refusal):
            let reply: Reply =
                switch refusal {
                case .clockBehind(let milliseconds): .clockBehind(milliseconds: milliseconds)
                case .stampsUsedUp: .usedUp
                default: .busy
                }
            if wasWaiting { turnedAway.append(reply) }
            waiters.remove(answer.session)
            return reply
        case .awaitingCreation, .offered, .released, .revoked, .notHeld: return nil
        }
    }

    // MARK: - The expected text

    /// The text of strftime for this moment in this process's zone, without fractions.
    static func text(_ format: String, second: Int64) -> String {
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 512)
        let length = strftime(&text, text.count, format, &parts)
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func text(_ format: String) -> String { Self.text(format, second: wall / 1_000_000) }
}

/// The time zone of this process. glibc reads it once, so every zone is a process of its own: tests call this in exit tests only.
func live(in zone: String) {
    setenv("TZ", zone, 1)
    tzset()
}
