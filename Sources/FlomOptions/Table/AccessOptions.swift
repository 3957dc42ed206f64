internal import FlomConfiguration
package import FlomSettings
internal import FlomSystem

/// The access options of a daemon that is started, apart from its rules.
package struct AccessOptions {
    /// A mistake in `[Access]` of one of the usual files. It may have been meant to deny access, so no daemon starts with it.
    var mistake: String?
    /// The subject of `--access-test`.
    package var tested = AccessSubject.anybody
    package var testedResource: String?
}

/// Rights.
extension OptionTable {
    package static let access = [
        Option(
            nil, "access-rule", "RULE", ("Access", "Rule"),
            "a rule for a daemon started by this: allow|deny RIGHTS to WHO [on NAME*]; may be repeated",
            isRepeatable: true, addsUpOverFiles: true,
            .reading(shown: { .list($0.daemon.access.rules.map(\.text), joiner: "','") }, reset: { _ in }) {
                reader, value throws(Value.Refused) in
                try reader.addRule(text(value))
            }),
        Option(
            nil, "remote-admin", ("Access", "RemoteAdmin"),
            "let peers with a verified certificate break locks, end the daemon and prune its journal",
            shown: { .flag($0.daemon.access.letsRemoteAdministrate) }, reset: { $0.daemon.access.letsRemoteAdministrate = false },
            apply: { settings in settings.daemon.access.letsRemoteAdministrate = true }),
        Option(
            nil, "access-test", "WHO", nil,
            "what 'user NAME', 'certificate SUBJECT' or 'address A' may do, and by which rule",
            apply: { settings, value throws(Value.Refused) in
                settings.access.tested = try AccessSubject(text(value))
                settings.access.testedResource = AccessSubject.resource(in: text(value))
                settings.action = .accessTest
            }),
    ]

    /// The limits on peers.
    package static let limits = [
        limit("connections", "Connections", 1_000_000, "connections at once", \.connections),
        limit(
            "per-peer", "ConnectionsPerPeer", 1_000_000,
            "connections of one user or address; not of root or the daemon's user", \.connectionsPerPeer),
        limit(
            "connection-rate", "ConnectionRate", 1_000_000,
            "new connections a second of one user or address; twice as many at once",
            \.connectionsPerSecond),
        limit("half-messages", "HalfMessages", 1_000_000, "messages that have begun and not ended", \.halfMessages),
        limit("handshakes", "Handshakes", 1_000_000, "TLS handshakes that have begun and not ended", \.handshakes),
        limit("waiters", "Waiters", 10_000_000, "waiters for one resource", \.waitersPerResource),
        limit("resources", "Resources", 10_000_000, "resources at once", \.resources),
        limit("history-pages", "HistoryPages", 10_000, "questions about the history at once", \.historyPages),
        limit("unread", "Unread", 1 << 30, "bytes that a peer has not read", \.unreadBytes, least: 128 * 1024),
    ]

    private static func limit(
        _ long: String, _ key: String, _ most: Int64, _ help: String,
        _ field: any WritableKeyPath<DaemonLimits, Int> & Sendable, least: Int64 = 1
    ) -> Option {
        Option(
            nil, "limit-" + long, "N", ("Limits", key), help + " (default \(DaemonLimits()[keyPath: field]))",
            shown: { .number($0.daemon.limits[keyPath: field]) },
            apply: { settings, value throws(Value.Refused) in
                settings.daemon.limits[keyPath: field] = Int(try Value.integer(text(value), in: least...most))
            })
    }
}

extension Settings {
    /// - Throws: if no daemon can start with these rules.
    package func accessSettings() throws(Failure) -> AccessSettings {
        if let mistake = access.mistake {
            throw Failure(
                .failure, "\(mistake); no daemon is started while a rule of access is not understood",
                code: ReturnNumber.invalidOption)
        }
        guard daemon.access.fitsIntoRecord else {
            throw Failure(
                .failure,
                "the rules of access take more than \(AccessSettings.longestText) bytes, with the places where they are "
                    + "written; use fewer or shorter ones", code: ReturnNumber.invalidOption)
        }
        return daemon.access
    }
}
