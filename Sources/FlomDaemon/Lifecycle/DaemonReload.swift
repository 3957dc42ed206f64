internal import FlomModel
internal import FlomNet
package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

/// Resolves a daemon's command line and configuration files anew.
package typealias SettingsSource = @Sendable () throws(DaemonError) -> (endpoint: Endpoint, settings: DaemonSettings)

/// SIGHUP: applies settings that can change while the daemon runs, and records them. The log names the others.
extension Daemon {
    func reload() {
        tellReloading()
        defer { tellReloaded() }
        let found: (endpoint: Endpoint, settings: DaemonSettings)
        do {
            // File names may be relative to the start directory.
            found = try OwnProgram.inStartDirectory(settingsSource)
        } catch {
            return Log.error("SIGHUP: the settings stay as they are: \(error.sentence)", id: LogID.notReloaded)
        }
        let wanted = found.settings
        let policy: AccessPolicy
        do { policy = try wanted.access.policy() } catch {
            return Log.error("SIGHUP: the settings stay as they are: \(error.sentence)", id: LogID.notReloaded)
        }
        let before = settings
        let (next, change) = SettingsChange.between(before, wanted)
        let moved = DaemonSetting.change("the endpoint", from: endpoint.name, to: found.endpoint.name)
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
        let impossible = moved + change.impossible
        if !impossible.isEmpty {
            Log.warning(
                "SIGHUP: only a daemon that is started when nothing is held can change "
                    + impossible.joined(separator: ", "), id: LogID.notReloaded)
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
        for setting in DaemonSetting.all {
            let differences = setting.differences(now, wanted)
            switch setting.reload {
            case .takesOver:
                setting.copy(wanted, &next)
                change.made += differences
            case .keeps: change.impossible += differences
            }
        }
        return (next, change)
    }
}
