internal import CFlomSystem
internal import Glibc

/// The two clocks: the boot clock for decisions, the wall clock for people.
package enum Clock {
    /// `CLOCK_BOOTTIME` in nanoseconds. It runs on during suspend, and it cannot be set.
    package static func boottimeNanoseconds() -> Int64 { read(CLOCK_BOOTTIME) - offsetNanoseconds }

    /// Nanoseconds that are subtracted from the boot clock. A daemon sets its time namespace's offset here, so that daemons in
    /// several namespaces record one clock. Must be set before there is a second thread.
    package nonisolated(unsafe) static var offsetNanoseconds: Int64 = 0

    /// Microseconds since 1970-01-01 UTC. Shown and recorded, never compared.
    package static func wallMicroseconds() -> Int64 { read(CLOCK_REALTIME) / 1000 }

    /// `CLOCK_MONOTONIC` in nanoseconds. It stands still during suspend.
    package static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Whether the kernel considers the wall clock synchronised; nil if it may not be asked.
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

    /// Sleeps, for back-off and polling. Tests wait for conditions instead.
    package static func sleep(milliseconds: Int64) {
        var time = timespec(tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
        nanosleep(&time, nil)
    }
}
