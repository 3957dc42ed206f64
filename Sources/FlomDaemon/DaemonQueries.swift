internal import FlomEngine
internal import FlomNet
internal import FlomWire
internal import Glibc

/// What the daemon does with those who only want to know.
extension Daemon {
    /// A client of ours asks for one page after the other; nobody needs more than a few at once.
    private static let queriesPerConnection = 8

    /// A connection's queries are answered in their order, each when its peer has taken the answer before: a peer that asks and
    /// does not read costs one page.
    func receive(_ query: HistoryQuery, _ session: Session) {
        guard session.queries.count < Self.queriesPerConnection else { return close(session) }
        session.queries.append(query)
        if session.queries.count == 1 { answerNextQuery(of: session) }
    }

    private func answerNextQuery(of session: Session) {
        guard let query = session.queries.first else { return }
        queries.answer(query, hidesArguments: !mayReadArguments(session)) { [unowned self] answer in
            guard !session.isClosing, sessions[session.connection.session] === session else { return }
            session.connection.send(answer) { [unowned self] in
                session.queries.removeFirst()
                answerNextQuery(of: session)
            }
        }
    }

    /// Command lines may hold what is nobody else's business.
    private func mayReadArguments(_ session: Session) -> Bool {
        guard let credentials = session.connection.credentials else { return false }
        return credentials.uid == geteuid() || credentials.uid == 0
    }

    /// Whether a request is only meant to find out who listens here: it can have no effect, and is not recorded.
    func isProbe(_ lock: LockMessage, _ part: LockPart) -> Bool {
        lock.offer != nil && part.mode == .nullLock && !lock.wait && !lock.create && !engine.exists(part.resource)
    }
}
