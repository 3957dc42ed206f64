internal import Glibc
internal import Synchronization

/// The child processes that threads of this process have started and wait for. All others of process 1 are orphans of its container, which
/// nobody but it can reap.
package enum OwnChildren {
    private static let pids = Mutex<Set<pid_t>>([])

    /// - Parameter spawn: starts a child; nil if there is none.
    static func start(_ spawn: () -> pid_t?) -> pid_t? {
        // One that ends at once is known as well.
        pids.withLock { pids in
            let pid = spawn()
            if let pid { pids.insert(pid) }
            return pid
        }
    }

    /// Waits for the end of one that was started here. Nil if its status cannot be learnt.
    static func awaitEnd(of pid: pid_t) -> Int32? {
        defer { pids.withLock { _ = $0.remove(pid) } }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return nil } }
        return status
    }

    private static let isFirstProcess = getpid() == 1

    /// Reaps what has ended of those that this process has inherited; waits for nothing. Whoever starts a child without this type must wait for
    /// it on the thread that calls this.
    package static func reapInherited() {
        guard isFirstProcess else { return }
        // Who is just starting one is not waited for: there is a next time.
        _ = pids.withLockIfAvailable { own in
            while true {
                var ended = siginfo_t()
                guard waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 else { return }
                let pid = ended._sifields._sigchld.si_pid
                guard pid > 0, !own.contains(pid) else { return }
                waitpid(pid, nil, WNOHANG)
            }
        }
    }
}
