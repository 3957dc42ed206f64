internal import FlomSystem
internal import Glibc

/// Waiting for one descriptor, with a deadline.
enum Polling {
    /// False when the deadline has passed. An error of the descriptor counts as its event: the next call on it tells.
    static func wait(for event: Int32, on descriptor: Int32, until deadline: Deadline) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let count = poll(&waiting, 1, deadline.pollMilliseconds)
            if count > 0 { return true }
            if count == 0 && deadline.hasPassed { return false }
            if count < 0 && errno != EINTR { return false }
        }
    }

    /// As above for what a daemon usually does at once: gives the processor to whoever wants it, and only then sleeps. To be woken from
    /// sleep takes longer than the whole answer, above all on a virtual machine.
    static func waitAwake(for event: Int32, on descriptor: Int32, until deadline: Deadline) -> Bool {
        let sleepAt = Clock.boottimeNanoseconds() + awakeNanoseconds
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        repeat {
            if poll(&waiting, 1, 0) > 0 { return true }
            sched_yield()
        } while Clock.boottimeNanoseconds() < sleepAt
        return wait(for: event, on: descriptor, until: deadline)
    }

    private static let awakeNanoseconds: Int64 = 200_000
}
