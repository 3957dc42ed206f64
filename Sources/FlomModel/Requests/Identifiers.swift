/// One client's connection to the daemon, numbered in the order of acceptance. A number is not reused while the daemon runs.
package struct SessionID: Hashable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// One attempt to lock. The number comes from the journal's counter, which grows with every request and is never reset. It is the
/// waiter's *ticket*: the lower one came first.
package struct RequestID: Hashable, Comparable, Sendable {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// A number that grows with every grant of one journal: a service that has seen a token can refuse all older ones.
///
/// `epoch · 2^37 + counter`. The epoch (16 bits) grows when the journal is opened under another boot or endpoint than before, the
/// counter with every grant. The number stays below 2^53, so that it is exact in JSON.
package struct FencingToken: Hashable, Comparable, Sendable {
    package static let counterBits: Int64 = 37
    package static let largestEpoch: Int64 = 0xFFFF
    package static let largestCounter: Int64 = (1 << counterBits) - 1

    package let value: Int64
    package init(_ value: Int64) { self.value = value }
    package init(epoch: Int64, counter: Int64) { value = epoch << Self.counterBits | counter }

    package var epoch: Int64 { value >> Self.counterBits }
    package var counter: Int64 { value & Self.largestCounter }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// A moment on `CLOCK_BOOTTIME`, in nanoseconds. This clock goes on while the machine is suspended and cannot be set. The wall clock is
/// for people and decides nothing.
package struct Instant: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package func advanced(byMilliseconds milliseconds: Int64) -> Instant {
        let (span, tooLong) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, tooLate) = nanoseconds.addingReportingOverflow(span)
        return tooLong || tooLate ? Instant(nanoseconds: .max) : Instant(nanoseconds: sum)
    }

    /// The milliseconds from `earlier` to this moment, rounded down; negative if `earlier` is later.
    package func milliseconds(since earlier: Instant) -> Int64 {
        let span = nanoseconds - earlier.nanoseconds
        return span >= 0 ? span / 1_000_000 : (span - 999_999) / 1_000_000
    }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}
