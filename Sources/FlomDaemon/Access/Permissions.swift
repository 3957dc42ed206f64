internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Decides what the peers of sessions may do, by the access rules.
struct Permissions {
    private(set) var policy: AccessPolicy
    private let names: UserNames

    init(_ policy: AccessPolicy, names: UserNames) {
        self.policy = policy
        self.names = names
    }

    /// Takes over new rules. They may need to know more about a peer, so identities are found anew.
    mutating func renew(_ policy: AccessPolicy, sessions: some Sequence<Session>) {
        self.policy = policy
        for session in sessions { session.identity = nil }
    }

    /// The identity of a session's peer, found once per session. Over TCP it has no uid: see `administrator`.
    func identity(of session: Session) -> AccessIdentity {
        if let known = session.identity { return known }
        var peer = AccessIdentity(daemonUID: geteuid())
        if let credentials = session.connection.credentials {
            peer.isOnSocket = true
            peer.uid = credentials.uid
            if policy.namesGroups { peer.gids = Set([credentials.gid] + session.connection.supplementaryGroups()) }
        }
        peer.address = session.connection.peerAddress
        peer.certificate = session.tlsSubject
        session.identity = peer
        return peer
    }

    /// The identity of those who read the daemon's files: its own user.
    func identityOfOwnUser() -> AccessIdentity {
        var peer = AccessIdentity(daemonUID: geteuid())
        peer.isOnSocket = true
        peer.uid = geteuid()
        if policy.namesGroups { peer.gids = Users.gids(of: geteuid()).union([getegid()]) }
        return peer
    }

    /// The identity of a reader over HTTP.
    func identity(of reader: HTTPPeer) -> AccessIdentity {
        var peer = AccessIdentity(daemonUID: geteuid())
        if let credentials = reader.credentials {
            peer.isOnSocket = true
            peer.uid = credentials.uid
            if policy.namesGroups { peer.gids = Users.gids(of: credentials.uid).union([credentials.gid]) }
        }
        peer.address = reader.address
        peer.certificate = reader.certificate
        return peer
    }

    /// The first resource that the peer may not lock; nil if it may lock them all. Without rules every peer may, at no cost.
    func forbiddenResource(_ parts: [LockPart], _ session: Session) -> [UInt8]? {
        if policy.rules.isEmpty { return nil }
        return parts.first { !isAllowed(.lock, session, on: $0.resource.bytes) }?.resource.bytes
    }

    func isAllowed(_ right: AccessRight, _ session: Session, on resource: [UInt8]? = nil) -> Bool {
        policy.decide(right, identity(of: session), on: resource).isAllowed
    }

    /// Whether the peer may read something of the history.
    ///
    /// - Parameter resource: of this resource; nil: of any.
    func mayRead(_ peer: AccessIdentity, of resource: [UInt8]?) -> Bool {
        if policy.rules.isEmpty { return true }
        if let resource { return policy.decide(.read, peer, on: resource).isAllowed }
        return policy.extent(of: .read, peer) != .none
    }

    /// Decides like `isAllowed`, for rights that are rarely needed: over TCP from this host the kernel's table of connections
    /// tells whose process asks.
    ///
    /// - Parameter resources: all of them must be allowed; empty where the right concerns none.
    /// - Returns: the peer's name, for the record; nil if it may not.
    func administrator(_ right: AccessRight, _ session: Session, on resources: [[UInt8]] = []) -> String? {
        var peer = identity(of: session)
        if !peer.isOnSocket, let uid = TCPPeerUser.uid(of: session.connection) {
            peer.uid = uid
            if policy.namesGroups { peer.gids = Users.gids(of: uid) }
        }
        let isAllowed =
            resources.isEmpty
            ? policy.decide(right, peer).isAllowed
            : resources.allSatisfy { policy.decide(right, peer, on: $0).isAllowed }
        return isAllowed ? name(of: peer) : nil
    }

    private func name(of peer: AccessIdentity) -> String {
        if let certificate = peer.certificate { return certificate }
        if let uid = peer.uid { return names.name(of: uid) }
        return peer.address?.text ?? "somebody"
    }

    /// The part of the journal that the peer is shown.
    func view(of peer: AccessIdentity) -> ReportView {
        var view = ReportView(peer, policy)
        view.seesAll = policy.extent(of: .read, peer) == .all
        view.commands = policy.extent(of: .readCommands, peer)
        return view
    }

    /// The sentence for a peer that may not do what it asks for.
    ///
    /// - Parameter resource: nil if the right is about none, or about all.
    func refusal(_ right: AccessRight, _ peer: AccessIdentity, on resource: [UInt8]?) -> String {
        let test: String
        let known: String
        if let certificate = peer.certificate {
            (known, test) = ("the certificate \(certificate)", "certificate \(certificate)")
        } else if let uid = peer.uid {
            (known, test) = ("user \(names.name(of: uid)) (uid \(uid)) on its socket", "uid \(uid)")
        } else {
            let address = peer.address?.text ?? "unknown"
            (known, test) = ("a client at \(address) (over TCP the user is not known)", "address \(address)")
        }
        let decision = policy.decide(right, peer, on: resource)
        // Where some resources are allowed and others not, or a uid was found in the kernel's table, this is not the whole
        // reason.
        let reason = decision.rule == nil && !decision.isAllowed ? decision.custom : "a rule of access says so"
        let wish = right.wish(resource.map { String(decoding: $0, as: UTF8.self) })
        return
            "you may not \(wish): \(reason); to the daemon you are \(known), and on its host flom --access-test '\(test)' shows "
            + "the rule"
    }
}

extension Daemon {
    /// As `Permissions.refusal`, and logs it.
    func refusal(_ right: AccessRight, _ session: Session, on resource: [UInt8]? = nil) -> String {
        let wish = right.wish(resource.map { String(decoding: $0, as: UTF8.self) })
        logLimits.refusals.log("\(describe(session.connection)) may not \(wish)")
        return permissions.refusal(right, permissions.identity(of: session), on: resource)
    }
}
