internal import FlomModel
internal import FlomNet
internal import FlomNetCore
package import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Resolves a daemon's command line and configuration files anew.
package typealias SettingsSource = @Sendable () throws(DaemonError) -> DaemonSettings

/// SIGHUP. Settings that can be changed while the daemon runs are changed, and go into the endpoint record. The log names the
/// others.
extension Daemon {
    func reload() {
        tellReloading()
        defer { tellReloaded() }
        let wanted: DaemonSettings
        do {
            // File names may be relative to the start directory.
            wanted = try OwnProgram.inStartDirectory(settingsSource)
        } catch {
            return Log.error("SIGHUP: the settings stay as they are: \(error.sentence)", id: LogID.notReloaded)
        }
        let policy: AccessPolicy
        do { policy = try wanted.access.policy() } catch {
            return Log.error("SIGHUP: the settings stay as they are: \(error.sentence)", id: LogID.notReloaded)
        }
        let before = settings
        let (next, change) = SettingsChange.between(before, wanted)
        settings = next
        Log.setLevel(next.logLevel)
        inquiry.reclaimGraceMilliseconds = next.reclaimGraceMilliseconds
        if next.retentionMicroseconds != before.retentionMicroseconds {
            housekeeper?.retain(microseconds: next.retentionMicroseconds)
        }
        if next.keepalive != before.keepalive { listening.apply(next.keepalive) }
        tls?.reload()
        // A client that holds a lock keeps it.
        if policy != permissions.policy { permissions.renew(policy, sessions: sessions.values) }
        if next.limits != before.limits { apply(next.limits) }
        record.recordSettings(next)
        if next.lifespanMilliseconds != before.lifespanMilliseconds { renewLife() }
        Log.notice(
            "SIGHUP: " + (change.made.isEmpty ? "nothing has changed" : "changed " + change.made.joined(separator: ", ")),
            id: LogID.reloaded)
        if !change.impossible.isEmpty {
            Log.warning(
                "SIGHUP: only a daemon that is started when nothing is held can change "
                    + change.impossible.joined(separator: ", "), id: LogID.notReloaded)
        }
    }
}

/// The difference between a daemon's settings and new ones, by what a running daemon can take over.
struct SettingsChange: Equatable {
    /// The settings that are taken over, by the keys of configuration files: `Lifespan (5000 → -1)`.
    var made: [String] = []
    /// The settings that stay as they are, in the same form.
    var impossible: [String] = []

    /// - Returns: the settings from now on, and how they differ from those before and those wanted.
    static func between(_ now: DaemonSettings, _ wanted: DaemonSettings) -> (DaemonSettings, SettingsChange) {
        var next = now
        var change = SettingsChange()
        func note(_ key: String, _ old: String, _ new: String, in list: WritableKeyPath<SettingsChange, [String]>) {
            if old != new { change[keyPath: list].append("\(key) (\(old) → \(new))") }
        }
        func adopt<Value>(_ key: String, _ field: WritableKeyPath<DaemonSettings, Value>, _ shown: (Value) -> String) {
            note(key, shown(now[keyPath: field]), shown(wanted[keyPath: field]), in: \.made)
            next[keyPath: field] = wanted[keyPath: field]
        }
        func keep<Value>(_ key: String, _ field: KeyPath<DaemonSettings, Value>, _ shown: (Value) -> String) {
            note(key, shown(now[keyPath: field]), shown(wanted[keyPath: field]), in: \.impossible)
        }
        adopt("LogLevel", \.logLevel) { $0.rawValue }
        adopt("Lifespan", \.lifespanMilliseconds) { "\($0)" }
        adopt("Retention", \.retentionMicroseconds) { $0.map { "\($0 / 1_000_000) s" } ?? "forever" }
        adopt("RecordCommand", \.recording.extent) { $0.rawValue }
        // Patterns are about secrets, so only their number is shown.
        if now.recording.redactions != wanted.recording.redactions {
            change.made.append("Redact (\(now.recording.redactions.count) → \(wanted.recording.redactions.count) patterns)")
        }
        next.recording = wanted.recording
        adopt("ReclaimGrace", \.reclaimGraceMilliseconds) { "\($0)" }
        adopt("TcpKeepalive", \.keepalive) { "\($0.idleSeconds) s, \($0.intervalSeconds) s, \($0.probes) times" }
        adopt("RemoteAdmin", \.access.letsRemoteAdministrate) { $0 ? "yes" : "no" }
        if now.access.rules != wanted.access.rules {
            change.made.append("Rule (\(now.access.rules.count) → \(wanted.access.rules.count) rules)")
        }
        next.access = wanted.access
        adopt("Limits", \.limits) { $0.recordText }
        keep("the endpoint", \.endpoint) { $0.name }
        // Nil means that the journal stays wherever it is.
        if let path = wanted.journalPath, let own = now.journalPath, own != path {
            change.impossible.append("File (\(own) → \(path))")
        }
        keep("Sync", \.sync) { $0.rawValue }
        keep("SocketMode", \.socketMode) { String($0, radix: 8) }
        keep("QueuePolicy and MaxOvertake", \.queuePolicy) {
            $0.maxOvertakeMilliseconds == .max ? "overtake" : "\($0.maxOvertakeMilliseconds) ms"
        }
        // Clients have been told after which time they lose their locks.
        keep("LostHolderDelay", \.lostHolderDelayMilliseconds) { "\($0)" }
        keep("the files and rules of TLS", \.tls) { $0 == nil ? "none" : $0 == now.tls ? "these" : "others" }
        keep("DiscoveryAttempts", \.discoveryAttempts) { "\($0)" }
        keep("DiscoveryTimeout", \.discoveryTimeoutMilliseconds) { "\($0)" }
        keep("DiscoveryTTL", \.discoveryTTL) { "\($0)" }
        return (next, change)
    }
}
