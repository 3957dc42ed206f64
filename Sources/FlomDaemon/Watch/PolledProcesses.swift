internal import FlomSystem
internal import Synchronization

/// Processes whose ends no descriptor reports, because the kernel or a sandbox gives no pidfd, or no descriptor was left. They
/// are checked every 100 ms on the `EventWatcher`'s thread. The loop adds to them.
final class PolledProcesses: Sendable {
    static let intervalMilliseconds: Int32 = 100

    private struct Process {
        let pid: Int32
        let startTime: UInt64
    }

    /// The processes, by the number of the watch.
    private let watched = Mutex<[UInt64: Process]>([:])

    /// - Returns: whether it is the first, so that the thread must be woken.
    func add(pid: Int32, startTime: UInt64, as watch: UInt64) -> Bool {
        watched.withLock { watched in
            watched[watch] = Process(pid: pid, startTime: startTime)
            return watched.count == 1
        }
    }

    func remove(_ watch: UInt64) {
        watched.withLock { _ = $0.removeValue(forKey: watch) }
    }

    /// The longest wait before the next check, in milliseconds; -1 while there is nothing to check.
    var pauseMilliseconds: Int32 { watched.withLock { $0.isEmpty ? -1 : Self.intervalMilliseconds } }

    /// The watches whose processes have ended, each once.
    func takeEnded() -> [UInt64] {
        // The checks take time, and the loop must not wait for the lock meanwhile.
        let all = watched.withLock { $0 }
        let ended = all.filter { Processes.liveness(pid: $1.pid, startTime: $1.startTime) == .gone }.keys
        return watched.withLock { watched in ended.filter { watched.removeValue(forKey: $0) != nil } }.sorted()
    }
}
