internal import CFlomSystem
internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// A descriptor by which one thread wakes another that polls.
final class WakeUp: Sendable {
    let descriptor: Int32

    /// Nil, with `errno`, if there is no descriptor left.
    init?() {
        descriptor = flom_eventfd()
        guard descriptor >= 0 else { return nil }
        flom_keep_from_children(descriptor)
    }

    deinit {
        flom_forget_before_close(descriptor)
        close(descriptor)
    }

    func call() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Forgets the calls so far.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }

    /// Waits until it is called, or `other` can be read.
    ///
    /// - Parameter other: may be nil.
    func wait(orFor other: Int32?, until deadline: Deadline) {
        var waiting = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        if let other { waiting.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0)) }
        while poll(&waiting, nfds_t(waiting.count), deadline.pollMilliseconds) < 0 && errno == EINTR {}
    }
}
