internal import Glibc

/// The child processes that threads of this process have started and wait for. All other children of process 1 are orphans of its
/// container, which only process 1 can reap.
package enum OwnChildren {
    // Under the process lock.
    nonisolated(unsafe) private static var pids: Set<pid_t> = []

    /// - Parameter spawn: starts a child; nil if there is none.
    static func start(_ spawn: () -> pid_t?) -> pid_t? {
        // Under the lock, so that a child that ends at once is known too.
        ProcessLock.hold {
            let pid = spawn()
            if let pid { pids.insert(pid) }
            return pid
        }
    }

    /// Waits for the end of a child that `start` has started. Nil if its status cannot be learnt.
    static func awaitEnd(of pid: pid_t) -> Int32? {
        defer { ProcessLock.hold { _ = pids.remove(pid) } }
        return Helper.awaitEnd(of: pid)
    }

    private static let isFirstProcess = getpid() == 1

    /// Reaps the inherited children that have ended, without waiting. A child that was started without this type must be waited for on the
    /// thread that calls this.
    package static func reapInherited() {
        guard isFirstProcess else { return }
        ProcessLock.hold {
            while true {
                var ended = siginfo_t()
                guard waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 else { return }
                let pid = ended._sifields._sigchld.si_pid
                guard pid > 0, !pids.contains(pid) else { return }
                waitpid(pid, nil, WNOHANG)
            }
        }
    }
}
