import FlomEngine
import FlomModel
import Glibc

/// Many sessions on one engine, and what a step costs them: processor time of this thread, so that a busy machine does not count.
struct Crowd {
    var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
    var effects = Effects()
    let name = Script.resource("R")

    mutating func step(_ input: Input, at milliseconds: Int64 = 0) {
        effects.removeAll()
        engine.step(input, at: Instant(nanoseconds: 0).advanced(byMilliseconds: milliseconds), into: &effects)
    }

    mutating func ask(_ session: Int, _ mode: LockMode = .exclusive, mayCreate: Bool = true, at milliseconds: Int64 = 0) {
        var request = LockRequest(resource: name, mode: mode)
        request.mayCreate = mayCreate
        step(.lock(SessionID(UInt64(session)), request), at: milliseconds)
    }

    mutating func unlock(_ session: Int, at milliseconds: Int64 = 0) {
        step(.unlock(SessionID(UInt64(session)), name, .exited(status: 0)), at: milliseconds)
    }

    mutating func hangUp(_ session: Int) { step(.hungUp(SessionID(UInt64(session)))) }

    /// Sessions that were granted the lock by the last step.
    var granted: [Int] {
        effects.answers.compactMap { if case .granted = $0.body { Int($0.session.number) } else { nil } }
    }

    /// Session 0 holds, 1 to `count` wait.
    static func waiting(_ count: Int, _ mode: (Int) -> LockMode = { _ in .exclusive }) -> Crowd {
        var crowd = Crowd()
        crowd.ask(0)
        for session in 1...count { crowd.ask(session, mode(session)) }
        return crowd
    }
}

enum Cost {
    static let few = 1_000
    static let many = 16_000
    /// What costs the same for each of `many` as for each of `few` has a ratio of 1; what looks at all of them, 16.
    static let generousRatio = 5.0

    /// How much dearer one of `many` operations is than one of `few`. The best of several tries each: noise only adds.
    static func ratio(few: Int = few, many: Int = many, _ work: (_ count: Int) -> Double) -> Double {
        let dear = (0..<2).map { _ in work(many) }.min()! / Double(many)
        let cheap = (0..<5).map { _ in work(few) }.min()! / Double(few)
        return dear / cheap
    }

    static func seconds(_ work: () -> Void) -> Double {
        let start = processorSeconds()
        work()
        return processorSeconds() - start
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
