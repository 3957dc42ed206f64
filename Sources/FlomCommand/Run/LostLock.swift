internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// What happens to the command when its lock is lost: `--on-lost`.
final class LostLock {
    private let action: OnLost
    /// The command under the lock; nil before it runs.
    var command: ProcessIdentity?
    /// The time at which the command's processes are killed.
    private(set) var killAt = Deadline.never

    init(_ action: OnLost) { self.action = action }

    /// Call it when the lock is lost.
    func act() {
        guard let command else { return }
        let family = (command.pid, command.startTime)
        switch action {
        case .warn: break
        case .term:
            Processes.signalFamily(of: family, SIGTERM)
            killAt = .after(milliseconds: Processes.killDelayMilliseconds)
        case .kill: Processes.signalFamily(of: family, SIGKILL)
        }
    }

    /// Call it when the lock turns out to be held after all.
    func spare() { killAt = .never }

    /// Kills the command's processes once `killAt` has passed. Call it after each wait.
    func tend() {
        guard let command, killAt.hasPassed else { return }
        killAt = .never
        Processes.signalFamily(of: (command.pid, command.startTime), SIGKILL)
    }
}
