internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// What the daemon asks the rules.
extension Daemon {
    /// Who a connection belongs to, found out once. Over TCP no uid: see `administrates`.
    func identity(of session: Session) -> AccessIdentity {
        if let known = session.identity { return known }
        var who = AccessIdentity(daemonUID: geteuid())
        if let credentials = session.connection.credentials {
            who.isOnSocket = true
            who.uid = credentials.uid
            if access.namesGroups { who.gids = Set([credentials.gid] + session.connection.supplementaryGroups()) }
        }
        who.address = session.connection.peerAddress
        who.certificate = session.tlsSubject
        session.identity = who
        return who
    }

    /// May it lock all of this? Without rules everybody may, and nothing is looked at.
    func mayLock(_ parts: [LockPart], _ session: Session) -> Bool {
        access.rules.isEmpty || parts.allSatisfy { isAllowed(.lock, session, on: $0.resource.bytes) }
    }

    func isAllowed(_ right: AccessRight, _ session: Session, on resource: [UInt8]? = nil) -> Bool {
        access.decide(right, identity(of: session), on: resource).isAllowed
    }

    /// As above, for what few ask and not often: over TCP from this host the kernel's table of connections says whose process asks.
    ///
    /// - Parameter resources: all of them must be allowed; empty where the right concerns none.
    /// - Returns: who that is, for the record; nil if it may not.
    func administrates(_ right: AccessRight, _ session: Session, on resources: [[UInt8]] = []) -> String? {
        var who = identity(of: session)
        if !who.isOnSocket, let uid = TCPPeerUser.uid(of: session.connection) {
            who.uid = uid
            if access.namesGroups { who.gids = Users.gids(of: uid) }
        }
        let isAllowed =
            resources.isEmpty
            ? access.decide(right, who).isAllowed
            : resources.allSatisfy { access.decide(right, who, on: $0).isAllowed }
        return isAllowed ? name(of: who) : nil
    }

    private func name(of who: AccessIdentity) -> String {
        if let certificate = who.certificate { return certificate }
        if let uid = who.uid { return userName(of: uid) }
        return who.address?.text ?? "somebody"
    }

    /// What somebody is told who may not, and which goes into the log.
    ///
    /// - Parameter resource: nil if it is about none, or about all.
    func refusal(_ right: AccessRight, _ session: Session, on resource: [UInt8]? = nil) -> String {
        let who = identity(of: session)
        let wish = right.wish(resource.map { String(decoding: $0, as: UTF8.self) })
        refusedPersons.log("\(describe(session.connection)) may not \(wish)")
        let test: String
        let known: String
        if let certificate = who.certificate {
            (known, test) = ("the certificate \(certificate)", "certificate \(certificate)")
        } else if let uid = who.uid {
            (known, test) = ("user \(userName(of: uid)) (uid \(uid)) on its socket", "uid \(uid)")
        } else {
            let address = who.address?.text ?? "unknown"
            (known, test) = ("whoever connects from \(address) (over TCP nobody can prove who asks)", "address \(address)")
        }
        let decision = access.decide(right, who, on: resource)
        // Where some resources are allowed and others not, or a uid was found in the kernel's table, this is not the whole reason.
        let reason = decision.rule == nil && !decision.isAllowed ? decision.custom : "a rule of access says so"
        return
            "you may not \(wish): \(reason); to the daemon you are \(known), and on its host flom --access-test '\(test)' shows "
            + "the rule"
    }

    /// Of a request that was refused because of the rules.
    func refusedResource(_ parts: [LockPart], _ session: Session) -> [UInt8]? {
        parts.first { !isAllowed(.lock, session, on: $0.resource.bytes) }?.resource.bytes
    }

    /// What a peer is shown of the journal.
    func view(of session: Session) -> ReportView {
        let who = identity(of: session)
        var view = ReportView(who, access)
        view.seesAll = access.extent(of: .read, who) == .all
        view.commands = access.extent(of: .readCommands, who)
        return view
    }

    /// New rules: identities may have to know more.
    func renew(_ policy: AccessPolicy) {
        access = policy
        for session in sessions.values { session.identity = nil }
    }
}
