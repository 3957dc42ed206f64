internal import FlomSystem

/// The settings of access that a daemon is started with.
package struct AccessSettings: Hashable, Sendable {
    /// In the order in which they are tried.
    package var rules: [AccessRule] = []
    /// `RemoteAdmin`.
    package var letsRemoteAdministrate = false

    package static let mostRules = 256
    /// The longest text of all rules with their places, in bytes, as the endpoint record carries them.
    package static let longestText = 60_000

    package init() {}

    /// The rules with the numbers of the users and groups that they name.
    ///
    /// - Throws: `DaemonError` for a name that this host does not know: a rule that matches no user may be meant to keep one out.
    package func policy() throws(DaemonError) -> AccessPolicy {
        var resolved: [AccessRule] = []
        for var rule in rules {
            switch rule.who {
            case .userNamed(let name):
                guard let uid = Users.uid(of: name) else { throw Self.unknown("user", name, rule) }
                rule.who = .users(uid...uid)
            case .groupNamed(let name):
                guard let gid = Users.gid(of: name) else { throw Self.unknown("group", name, rule) }
                rule.who = .groups(gid...gid)
            case .users, .groups, .certificate, .addresses, .loopback, .local, .sameUser, .root, .anybody: break
            }
            resolved.append(rule)
        }
        return AccessPolicy(resolved, letsRemoteAdministrate: letsRemoteAdministrate)
    }

    private static func unknown(_ kind: String, _ name: String, _ rule: AccessRule) -> DaemonError {
        DaemonError(
            "\(rule.place): this host knows no \(kind) '\(name)', and no client is served by rules that mean something else")
    }

    package var fitsIntoRecord: Bool { recordText.utf8.count <= Self.longestText }

    // MARK: - In the endpoint record

    /// One line for each rule: its place, a tab, its text.
    package var recordText: String { rules.map { "\($0.place)\t\($0.text)\n" }.joined() }

    /// Nil if a line is no rule.
    package init?(recordText text: String, letsRemoteAdministrate: Bool) {
        self.letsRemoteAdministrate = letsRemoteAdministrate
        for line in text.split(separator: "\n") {
            guard let tab = line.firstIndex(of: "\t"),
                let rule = try? AccessRule(String(line[line.index(after: tab)...]), place: String(line[..<tab]))
            else { return nil }
            rules.append(rule)
        }
    }
}
