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
}
