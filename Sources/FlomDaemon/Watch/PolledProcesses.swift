internal import FlomSystem
internal import Synchronization

/// Processes whose ends no descriptor tells, because the kernel or a sandbox gives no pidfd, or none was left: they are looked at
/// again and again. For the `Sentinel`'s thread; the loop adds to them.
final class PolledProcesses: Sendable {
    static let intervalMilliseconds: Int32 = 100

    private struct Process {
        let pid: Int32
        let startTime: UInt64
    }

    /// By the number of the watch.
    private let watched = Mutex<[UInt64: Process]>([:])

    /// - Returns: whether it is the first, so that nobody has looked regularly until now.
    func add(pid: Int32, startTime: UInt64, as watch: UInt64) -> Bool {
        watched.withLock { watched in
            watched[watch] = Process(pid: pid, startTime: startTime)
            return watched.count == 1
        }
    }

    func remove(_ watch: UInt64) {
        watched.withLock { _ = $0.removeValue(forKey: watch) }
    }

    /// How long one may wait before the next look; -1 while there is nobody to look at.
    var pauseMilliseconds: Int32 { watched.withLock { $0.isEmpty ? -1 : Self.intervalMilliseconds } }

    /// Those that have ended since, each once.
    func takeEnded() -> [UInt64] {
        // Looking takes its time, and the loop must not wait for that.
        let all = watched.withLock { $0 }
        let ended = all.filter { Processes.liveness(pid: $1.pid, startTime: $1.startTime) == .gone }.keys
        return watched.withLock { watched in ended.filter { watched.removeValue(forKey: $0) != nil } }.sorted()
    }
}
