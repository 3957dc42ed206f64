internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// What becomes of the command when its lock is lost: `--on-lost`.
final class LostLock {
    private let action: OnLost
    /// What runs under the lock; nil before it does.
    var command: ProcessIdentity?
    /// When the command's processes are ended for good.
    private(set) var killAt = Deadline.never

    init(_ action: OnLost) { self.action = action }

    /// The lock is lost.
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

    /// The lock is held after all.
    func spare() { killAt = .never }

    /// Call it when `killAt` has passed.
    func tend() {
        guard let command, killAt.hasPassed else { return }
        killAt = .never
        Processes.signalFamily(of: (command.pid, command.startTime), SIGKILL)
    }
}
