/// The rules of access, and the defaults where no rule decides. A pure function of identity, right and resource.
package struct AccessPolicy: Hashable, Sendable {
    package let rules: [AccessRule]
    /// `RemoteAdmin=yes`: a peer that has shown a certificate may do what otherwise only the daemon's user may.
    package let letsRemoteAdministrate: Bool
    /// Whether a rule is about groups; then the groups of a peer have to be found out.
    package let namesGroups: Bool

    package init(_ rules: [AccessRule] = [], letsRemoteAdministrate: Bool = false) {
        self.rules = rules
        self.letsRemoteAdministrate = letsRemoteAdministrate
        namesGroups = rules.contains { if case .groups = $0.who { true } else { false } }
    }

    package struct Decision: Hashable, Sendable {
        package let isAllowed: Bool
        /// The rule that decided; nil where a default did.
        package let rule: AccessRule?
        /// The default that decided, as a sentence; empty where a rule did.
        package let custom: String

        /// `/etc/flom.conf:12: deny all to anybody`, or the default.
        package var source: String { rule.map { "\($0.place): \($0.text)" } ?? "default: \(custom)" }
    }

    /// The part of all resources for which a peer has a right.
    package enum Extent: Hashable {
        case all
        case some
        case none
    }

    /// The first rule that is about the right, the identity and the resource decides. Without one the default does.
    ///
    /// - Parameter resource: its name; nil where the right concerns none, or to ask about a resource that no rule names.
    package func decide(_ right: AccessRight, _ who: AccessIdentity, on resource: [UInt8]? = nil) -> Decision {
        for rule in rules where rule.rights.contains(right) && rule.who.means(who) {
            if let pattern = rule.pattern {
                guard let resource, AccessPattern.matches(resource, Array(pattern.utf8)) else { continue }
            }
            return Decision(isAllowed: rule.allows, rule: rule, custom: "")
        }
        let (isAllowed, custom) = byDefault(right, who)
        return Decision(isAllowed: isAllowed, rule: nil, custom: custom)
    }

    package func extent(of right: AccessRight, _ who: AccessIdentity) -> Extent {
        let meant = rules.filter { $0.rights.contains(right) && $0.who.means(who) }
        let end = meant.firstIndex { $0.pattern == nil } ?? meant.endIndex
        let rest = decide(right, who).isAllowed
        return meant[..<end].allSatisfy { $0.allows == rest } ? (rest ? .all : .none) : .some
    }

    /// One thing that a peer may or may not do, for a report.
    package struct Line: Hashable, Sendable {
        package let right: AccessRight
        /// A resource or a pattern; nil for all others.
        package let on: String?
        package let decision: Decision
    }

    /// What decides about each right.
    ///
    /// - Parameter resource: about this resource; nil: about all, with the rules first that are about some.
    package func explanation(_ who: AccessIdentity, on resource: [UInt8]?) -> [Line] {
        AccessRight.allCases.flatMap { right -> [Line] in
            guard right.namesResource else { return [Line(right: right, on: nil, decision: decide(right, who))] }
            if let resource {
                let name = String(decoding: resource, as: UTF8.self)
                return [Line(right: right, on: name, decision: decide(right, who, on: resource))]
            }
            let meant = rules.filter { $0.rights.contains(right) && $0.who.means(who) }
            let confined = meant.prefix { $0.pattern != nil }.map {
                Line(right: right, on: $0.pattern, decision: Decision(isAllowed: $0.allows, rule: $0, custom: ""))
            }
            return confined + [Line(right: right, on: nil, decision: decide(right, who))]
        }
    }

    /// The defaults in the order in which they are tried. A peer that none of them allows may not.
    private func byDefault(_ right: AccessRight, _ who: AccessIdentity) -> (isAllowed: Bool, custom: String) {
        if who.isOnSocket && (who.isSameUser || who.isRoot) {
            return (true, "the daemon's user and root may do everything over its socket")
        }
        switch right {
        case .lock, .read:
            return (
                true,
                who.isOnSocket
                    ? "every client that can open the socket may lock and read"
                    : "every client that can connect may lock and read"
            )
        case .readCommands:
            return (false, "the commands of others are shown only to the daemon's user and root, over its socket")
        case .shutdown where who.isSameUser || who.isRoot:
            return (true, "the daemon's user and root may end it, also over TCP from its own host")
        case .shutdown, .breakLock, .prune:
            if who.certificate != nil && letsRemoteAdministrate {
                return (true, "RemoteAdmin=yes lets peers with a verified certificate break locks, end the daemon and prune")
            }
            return (
                false, "only the user who runs the daemon, or root, may do that" + (right == .shutdown ? "" : ", over its socket")
            )
        }
    }
}
