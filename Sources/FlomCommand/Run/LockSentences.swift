internal import FlomClient
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomSystem
internal import FlomWire
internal import Glibc

extension Failure {
    /// Why a run has no lock, with exit status and return code as in 1.7.2.
    ///
    /// - Parameter count: the number of resources that were requested at once.
    init(_ error: LockError, _ settings: Settings, _ connector: DaemonConnector, of count: Int) {
        let place = connector.endpoint.name
        let milliseconds = settings.timeoutMilliseconds
        let oneOfThem = count == 1 ? "the resource" : "one of the \(count) resources"
        switch error {
        case .connecting(let error):
            self.init(error, connector)
        case .busy(let reason):
            self.init(.busy, reason ?? "\(oneOfThem) is locked already, and -o 0 does not wait", code: 4)
        case .cannotWait:
            self.init(.cannotWait, "\(oneOfThem) does not exist, -e no does not create it, and -o 0 does not wait", code: 5)
        case .impossible(let reason):
            self.init(.failure, reason ?? "the resource can never satisfy this request", code: 6)
        case .invalidName(let reason):
            self.init(
                .failure, reason ?? "the daemon does not accept this resource name", code: ReturnNumber.invalidResourceName)
        case .refused(let reason, let number):
            self.init(
                .failure, reason ?? "the daemon refuses the lock", code: number ?? ReturnCode.cannotLock.rawValue)
        case .expired:
            self.init(.busy, "the lock was not obtained within \(milliseconds) ms", code: 9)
        case .unanswered:
            self.init(.failure, Silence.reason(connector, settings), code: ReturnNumber.receive)
        case .noRoom(let isHeld):
            let span = milliseconds == 0 ? "" : " for \(milliseconds) ms"
            if isHeld {
                self.init(
                    .busy, "the lock was not free\(span), and the daemon has no descriptor for one more waiter (ulimit -n)",
                    code: 9)
            } else {
                self.init(
                    .failure,
                    "the daemon on '\(place)' has no descriptor for one more lock\(span) (ulimit -n); let it start with a higher limit",
                    code: ReturnCode.cannotLock.rawValue)
            }
        case .revoked(let reason):
            self.init(.failure, "the place in the queue was taken away: \(reason)", code: 3)
        case .shutDown:
            self.init(.failure, "the daemon was shut down while waiting for the lock", code: ReturnNumber.receive)
        case .lost:
            self.init(.failure, "the daemon was lost while waiting for the lock", code: ReturnNumber.receive)
        case .staysAway(let milliseconds, let whyNotStarted):
            self.init(
                .failure,
                "the daemon on '\(place)' was lost while waiting for the lock, and has not come back for \(milliseconds) ms"
                    + (whyNotStarted.map { ": \($0)" } ?? ""), code: ReturnNumber.receive)
        case .turnedAway:
            self.init(.failure, "the daemon on '\(place)' closes every connection without an answer", code: ReturnNumber.receive)
        case .misplacedAnswer:
            self.init(.failure, "the daemon's answer is not one to this request", code: ReturnNumber.protocolError)
        case .tooLong(let error):
            self.init(.failure, error.sentence, code: ReturnNumber.tooLong)
        case .conversation(let error):
            self.init(.failure, error.sentence, code: error.number ?? ReturnNumber.protocolError)
        }
    }

    /// Why no daemon was reached.
    init(_ error: ConnectError, _ connector: DaemonConnector) {
        switch error {
        case .unreachable(let error):
            self.init(.failure, error.sentence, code: error.number ?? ReturnNumber.connect)
        case .nobodyListens(let error):
            guard let search = connector.search else {
                self.init(.failure, "\(error.sentence), and -d 0 says that none may be started", code: ReturnNumber.connect)
                return
            }
            self.init(notFoundBy: search, error)
        case .notStarted(let error):
            self.init(.failure, error.sentence, code: error.number ?? ReturnNumber.daemonNotStarted)
        case .inOtherHands:
            self.init(
                .failure,
                "no daemon answers on '\(connector.endpoint.name)', and one that is starting or ending holds "
                    + "'\(connector.endpoint.recordPath)'", code: ReturnNumber.daemonNotStarted)
        }
    }

    /// The end of a search without a result: a sentence, and the line that users of 1.7.2 know.
    private init(notFoundBy search: GroupSearch, _ error: NetworkError) {
        Trace.step(
            .client, "flom_client_connect: connection failed, a new daemon can not be started because daemon lifespan is 0")
        Trace.step(.client, "flom_client_connect/excp=4/ret_cod=-104/errno=\(EAGAIN)")
        let asked = search.attempts == 1 ? "asked once" : "asked \(search.attempts) times"
        self.init(
            .failure,
            "\(error.sentence) (\(asked), \(search.timeoutMilliseconds) ms each), and -d 0 says that none may be started: start one "
                + "there with -d -1, or check that no firewall drops multicast")
        lineOfOldVersion = "flom_client_connect: ret_cod=-104 (ERROR: 'connect' function returned an error condition)"
    }
}

extension LockNotice {
    /// The sentence for the user.
    func sentence(_ session: LockSession) -> String {
        let place = session.connector.endpoint.name
        var names: String { session.held.map { "'\($0.part.resource)'" }.joined(separator: ", ") }
        var firstName: String { session.held.first.map { "'\($0.part.resource)'" } ?? "" }
        return switch self {
        case .noRoom:
            "the daemon on '\(place)' has no descriptor for one more command (ulimit -n); asking again until it has"
        case .anotherJournal:
            "the daemon on '\(place)' has another journal now, and knows of no place in its queue: asked anew there"
        case .awaitsDaemon:
            "the daemon on '\(place)' is gone; waiting for it to come back"
        case .cannotReclaim:
            "the daemon was lost while the command runs, and the lock cannot be claimed again"
        case .lost(.outOfReach):
            "the lock on \(names) is lost while its command runs: the daemon on '\(place)' cannot be reached, and may give the lock to "
                + "another command from now on"
        case .lost(.told(let reason)):
            "the lock on \(names) is lost while its command runs: \(reason)"
        case .heldAfterAll:
            "the lock is still held after all"
        case .lostBeforeUnlock(let reason):
            "the lock on \(firstName) was lost before its command ended: \(reason)"
        case .unlockUntold:
            "the daemon was lost while the command ran; when it runs again it notices by itself that the command has ended"
        case .unlockUnconfirmed:
            "the daemon has not confirmed that \(firstName) is unlocked"
        }
    }
}
