package import FlomCore
internal import FlomModel
package import FlomSystem

extension Instant {
    /// On the clock that deadlines are on.
    static var now: Instant { Instant(nanoseconds: Clock.boottimeNanoseconds()) }
}

extension Deadline {
    /// - Parameter moment: nil for never.
    init(_ moment: Instant?) { self = moment.map { Deadline(at: $0.nanoseconds) } ?? .never }

    /// Nil for never.
    var moment: Instant? { at == .max ? nil : Instant(nanoseconds: at) }

    /// By when a name is looked up that is wanted now.
    package static func naming() -> Deadline { .after(milliseconds: RequestDeadlines.namingMilliseconds) }
}

extension BackOff {
    /// Milliseconds until the next attempt.
    package mutating func next() -> Int64 {
        let now = Instant.now
        return next(at: now, random: Host.randomBytesIfAny(1)?.first ?? UInt8(truncatingIfNeeded: now.nanoseconds))
    }
}

extension RequestDeadlines {
    /// From now on.
    package static func starting(timeoutMilliseconds: Int32) -> RequestDeadlines {
        RequestDeadlines(timeoutMilliseconds: timeoutMilliseconds, from: .now)
    }
}
