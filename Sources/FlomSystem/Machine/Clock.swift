internal import CFlomSystem
internal import Glibc

/// The two clocks: one that decides, one for people.
package enum Clock {
    /// `CLOCK_BOOTTIME` in nanoseconds: runs on through suspend, nobody can set it.
    package static func boottimeNanoseconds() -> Int64 { read(CLOCK_BOOTTIME) - offsetNanoseconds }

    /// What is taken off it: in a daemon that of its time namespace, so that daemons in several of them put one clock on record. Set
    /// before there is a second thread.
    package nonisolated(unsafe) static var offsetNanoseconds: Int64 = 0

    /// Microseconds since 1970 in UTC. Shown and recorded, never compared.
    package static func wallMicroseconds() -> Int64 { read(CLOCK_REALTIME) / 1000 }

    /// `CLOCK_MONOTONIC` in nanoseconds: stands still in suspend.
    package static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Whether the kernel takes the wall clock for synchronised; nil if it may not be asked.
    package static func isSynchronized() -> Bool? {
        switch flom_clock_is_synchronized() {
        case 0: false
        case 1: true
        default: nil
        }
    }

    private static func read(_ clock: Int32) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// For back-off and polling. Not for tests.
    package static func sleep(milliseconds: Int64) {
        var time = timespec(tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
        nanosleep(&time, nil)
    }
}
