/// A point in time on `CLOCK_BOOTTIME` by which something must be done, or none.
package struct Deadline: Sendable {
    /// Nanoseconds on `CLOCK_BOOTTIME`; `Int64.max` for no limit.
    package let at: Int64

    package static let never = Deadline(at: .max)

    package static func after(milliseconds: Int64) -> Deadline {
        Deadline(at: Clock.boottimeNanoseconds() + milliseconds * 1_000_000)
    }

    package init(at: Int64) { self.at = at }

    package var hasPassed: Bool { at != .max && Clock.boottimeNanoseconds() >= at }

    /// Milliseconds to go, for `poll`: rounded up, so that the last millisecond is no busy loop; -1 without a limit.
    package var pollMilliseconds: Int32 {
        if at == .max { return -1 }
        let left = (at - Clock.boottimeNanoseconds() + 999_999) / 1_000_000
        return Int32(max(0, min(left, Int64(Int32.max))))
    }

    package static func earlier(_ one: Deadline, _ other: Deadline) -> Deadline { one.at <= other.at ? one : other }
}
