internal import CFlomSystem
package import FlomSystem
internal import Glibc

/// Waits for one descriptor, with a deadline.
package enum Polling {
    /// Waits for an event. An error of the descriptor counts as the event: the next call on it reports it.
    ///
    /// - Returns: false if the deadline has passed.
    package static func wait(for event: Int32, on descriptor: Int32, until deadline: Deadline) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let count = poll(&waiting, 1, deadline.pollMilliseconds)
            if count > 0 { return true }
            if count == 0 && deadline.hasPassed { return false }
            if count < 0 && errno != EINTR { return false }
        }
    }

    /// Waits as `wait` does for what a daemon usually does at once: it yields the processor for a while before it sleeps. Being woken takes
    /// longer than the whole answer, above all on a virtual machine.
    package static func waitAwake(for event: Int32, on descriptor: Int32, until deadline: Deadline) -> Bool {
        isSoonReady(for: event, descriptor) || wait(for: event, on: descriptor, until: deadline)
    }

    /// Whether a descriptor can be read within a time below a second.
    package static func isReadable(_ descriptor: Int32, within nanoseconds: Int) -> Bool {
        flom_is_readable_within(descriptor, nanoseconds) != 0
    }

    private static func isSoonReady(for event: Int32, _ descriptor: Int32) -> Bool {
        let sleepAt = Clock.boottimeNanoseconds() + awakeNanoseconds
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        repeat {
            if poll(&waiting, 1, 0) > 0 { return true }
            sched_yield()
        } while Clock.boottimeNanoseconds() < sleepAt
        return false
    }

    private static let awakeNanoseconds: Int64 = 200_000
}
