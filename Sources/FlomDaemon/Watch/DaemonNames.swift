internal import FlomNetCore
internal import FlomSettings

/// The daemon's files in places where another user may come next: record and lock file.
extension Daemon {
    /// Removes the files that only this user could continue with, where another user may start the next daemon. After an orderly
    /// end nothing is held, and the endpoint is free. The copy of the record has what must be kept.
    func leaveToOthers() {
        guard case .unix(let path, isDefault: false) = endpoint, RecordLock.mayBeOthers(path) else { return }
        record.removeName()
        listening.removeLock()
    }
}
