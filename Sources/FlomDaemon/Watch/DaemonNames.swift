internal import FlomNetCore
internal import FlomSettings

/// The daemon's files where others come next: record and lock file.
extension Daemon {
    /// After an end in order nothing is held, and the endpoint is nobody's. Where the next one may be another user, nothing stays that
    /// only this one could go on with; what has to be known is in the copy of the record.
    func leaveToOthers() {
        guard case .unix(let path, isDefault: false) = settings.endpoint, RecordLock.mayBeOthers(path) else { return }
        record.removeName()
        listening.removeLock()
    }
}
