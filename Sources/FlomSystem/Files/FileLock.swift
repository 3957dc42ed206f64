internal import Glibc

/// `flock` on a file. The lock lasts as long as any copy of the descriptor is open.
package enum FileLock {
    /// Takes the lock. Returns false if another process has it.
    package static func tryExclusive(_ descriptor: Int32) throws(SystemError) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return false }
            throw SystemError("flock")
        }
        return true
    }

    /// Takes the lock, waiting until a deadline for an owner that may just have been killed: the lock is free when the last of its
    /// threads is gone, and one of them may still wait for the device. Returns false if another process still has it then.
    package static func tryExclusive(_ descriptor: Int32, until deadline: Deadline) throws(SystemError) -> Bool {
        while try !tryExclusive(descriptor) {
            if deadline.hasPassed { return false }
            Clock.sleep(milliseconds: 20)
        }
        return true
    }

    /// Whether another process has the lock. It only looks: a shared lock is taken and released at once.
    package static func isTaken(_ descriptor: Int32) throws(SystemError) -> Bool {
        while flock(descriptor, LOCK_SH | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return true }
            throw SystemError("flock")
        }
        flock(descriptor, LOCK_UN)
        return false
    }
}
