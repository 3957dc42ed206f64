/// A point on `CLOCK_BOOTTIME` by which something must be done; nil-like when there is no limit.
package struct Deadline: Sendable {
    /// Nanoseconds of `CLOCK_BOOTTIME`; `Int64.max` for never.
    package let at: Int64

    package static let never = Deadline(at: .max)

    package static func after(milliseconds: Int64) -> Deadline {
        Deadline(at: Clock.boottimeNanoseconds() + milliseconds * 1_000_000)
    }

    package init(at: Int64) { self.at = at }

    package var hasPassed: Bool { at != .max && Clock.boottimeNanoseconds() >= at }

    /// For `poll`: milliseconds to go, rounded up so that nobody spins in the last one; -1 for ever.
    package var pollMilliseconds: Int32 {
        if at == .max { return -1 }
        let left = (at - Clock.boottimeNanoseconds() + 999_999) / 1_000_000
        return Int32(max(0, min(left, Int64(Int32.max))))
    }

    package static func earlier(_ one: Deadline, _ other: Deadline) -> Deadline { one.at <= other.at ? one : other }
}
