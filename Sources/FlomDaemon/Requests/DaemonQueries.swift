internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomSettings
internal import FlomWire

/// What the daemon does with those who only want to know.
extension Daemon {
    /// A client of ours asks for one page after the other; nobody needs more than a few at once.
    private static let queriesPerConnection = 8

    /// A connection's queries are answered in their order, each when its peer has taken the answer before: a peer that asks and
    /// does not read costs one page.
    func receive(_ query: HistoryQuery, _ session: Session) {
        guard session.queries.count < Self.queriesPerConnection else { return close(session) }
        if let reason = refusalToRead(query, session) { return session.connection.send(.queryRefused(reason: reason)) }
        // What the journal need not be read for, perhaps because it cannot be.
        if query.wantsLimits, query.limit == 0, session.queries.isEmpty {
            return session.connection.send(withPresence(.page(HistoryPage(rows: [])), query))
        }
        session.queries.append(query)
        if session.queries.count == 1 { answerNextQuery(of: session) }
    }

    private func answerNextQuery(of session: Session) {
        guard let query = session.queries.first else { return }
        queries.answer(query, for: view(of: session)) { [unowned self] answer in
            guard !session.isClosing, sessions[session.connection.session] === session else { return }
            session.connection.send(withPresence(answer, query)) { [unowned self] in
                session.queries.removeFirst()
                answerNextQuery(of: session)
            }
        }
    }

    /// What the journal does not know of the requests in a page that are open: whom nobody has heard of since his connection was lost.
    ///
    /// Places in the queue are added only where one request is asked for, because counting them for a page of waiters would take
    /// the loop's time.
    private func withPresence(_ answer: ServerMessage, _ query: HistoryQuery) -> ServerMessage {
        guard case .page(var page) = answer else { return answer }
        if query.wantsLimits { page.counters = counters }
        let now = Moment.now()
        for index in page.rows.indices where page.rows[index].endedAt == nil {
            let leader = page.rows[index].group ?? page.rows[index].request
            if query.filter.request != nil { page.rows[index].place = engine.place(of: leader) }
            guard inquiry.awaitsReturn(leader) else { continue }
            page.rows[index].isAway = true
            page.rows[index].keptUntil = inquiry.keptUntil(leader).map {
                now.wallMicroseconds + ($0 - now.boottime.nanoseconds) / 1000
            }
        }
        return .page(page)
    }

    /// Of one resource it is the resource that counts; of all, whether there is any that may be seen.
    private func refusalToRead(_ query: HistoryQuery, _ session: Session) -> String? {
        guard !access.rules.isEmpty else { return nil }
        let isKnown =
            query.filter.resource.map { isAllowed(.read, session, on: $0) }
            ?? (access.extent(of: .read, identity(of: session)) != .none)
        return isKnown ? nil : refusal(.read, session, on: query.filter.resource)
    }

    /// Whether a request is only meant to find out who listens here: it can have no effect, and is not recorded.
    func isProbe(_ lock: LockMessage, _ part: LockPart) -> Bool {
        lock.offer != nil && part.mode == .nullLock && !lock.wait && !lock.create && !engine.exists(part.resource)
    }
}
