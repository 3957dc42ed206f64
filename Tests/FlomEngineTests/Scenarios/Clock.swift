import FlomEngine
import FlomModel

extension Engine {
    /// For tests in which nobody looks at the wall clock: it shows the time since boot.
    mutating func step(_ input: Input, at now: Instant, into effects: inout Effects) {
        step(input, at: Moment(boottime: now, wallMicroseconds: now.nanoseconds / 1000), into: &effects)
    }
}
