internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem

/// TLS in the daemon: logs its news, watches its files, and warns of certificates that expire.
final class TLSService {
    let acceptor: TLSAcceptor
    private let watch: Watch

    init(_ credentials: TLSCredentials) {
        let watch = Watch()
        self.watch = watch
        acceptor = TLSAcceptor(credentials) { watch.hear($0) }
        look()
    }

    private final class Watch {
        var refusals = LogLimit(.error, id: LogID.tlsRefused, subject: "connections that were refused by TLS")
        var isRenewed = false

        func hear(_ news: TLSAcceptor.News) {
            switch news {
            case .refused(let peer, let reason): refusals.log("refused the connection of \(peer): \(reason)")
            case .renewed:
                isRenewed = true
                Log.notice("the TLS files have changed; new connections use them", id: LogID.tlsRenewed)
            case .broken(let error):
                Log.error(
                    "the TLS files have changed and cannot be used, what was loaded before stays: \(error.sentence)",
                    id: LogID.tlsBroken)
            }
        }
    }

    /// Reads changed files now, not at the next connection.
    func reload() { acceptor.refresh() }

    /// Why the certificate of the session's peer does not fit the machine id that it has sent; nil if it fits, or need not.
    func complaint(peerID: String?, of session: Session) -> String? {
        guard acceptor.credentials.settings.checksPeerID else { return nil }
        let name = session.connection.tlsPeer?.commonName
        if let peerID, peerID == name { return nil }
        let claim = "'\(TLSPeer.escaped(peerID ?? ""))'"
        let proven = "'\(TLSPeer.escaped(name ?? ""))'"
        acceptor.refused(
            session.connection.peerName, "it says that its machine id is \(claim), and its certificate is for \(proven)")
        return "the machine id \(claim) is not the one that the certificate is made for, \(proven)"
    }

    // MARK: - Expiry

    private static let warningDays: Int64 = 30
    private static let dayNanoseconds: Int64 = 86_400_000_000_000
    private var nextWarning: Int64 = .min

    /// Logs which certificates expire soon: at the start, once a day, and for new files. Call it once a second.
    func look(now: Int64 = Clock.boottimeNanoseconds()) {
        watch.refusals.tick()
        guard now >= nextWarning || watch.isRenewed else { return }
        nextWarning = now + Self.dayNanoseconds
        watch.isRenewed = false
        let wall = Clock.wallMicroseconds()
        for expiry in acceptor.credentials.expiries {
            if expiry.endsAt <= wall {
                Log.error("the certificate '\(expiry.subject)' in '\(expiry.file)' has expired", id: LogID.tlsExpiry)
            } else if expiry.daysLeft(now: wall) < Self.warningDays {
                Log.warning(
                    "the certificate '\(expiry.subject)' in '\(expiry.file)' ends in \(expiry.daysLeft(now: wall)) days",
                    id: LogID.tlsExpiry)
            }
        }
    }
}
