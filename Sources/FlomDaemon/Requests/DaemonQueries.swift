internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomSettings
internal import FlomWire

/// The daemon's answers to queries.
extension Daemon {
    /// The most queries of one connection that wait. A client of flom asks for one page after the other.
    private static let queriesPerConnection = 8

    /// Answers a connection's queries in order, each when the peer has taken the previous answer: a peer that does not read costs
    /// one page.
    func receiveQuery(_ query: HistoryQuery, _ session: Session) {
        guard session.queries.count < Self.queriesPerConnection else { return close(session) }
        if let reason = refusalToRead(query, session) { return session.connection.send(.queryRefused(reason: reason)) }
        // This needs no journal, which may be unreadable.
        if query.wantsLimits, query.limit == 0, session.queries.isEmpty {
            return session.connection.send(withPresence(.page(HistoryPage(rows: [])), query))
        }
        session.queries.append(query)
        if session.queries.count == 1 { answerNextQuery(of: session) }
    }

    private func answerNextQuery(of session: Session) {
        guard let query = session.queries.first else { return }
        gate.commitNow()
        queries.answer(query, for: permissions.view(of: permissions.identity(of: session))) { [self] answer in
            guard !session.isClosing, sessions[session.connection.session] === session else { return }
            session.connection.send(withPresence(answer, query)) { [self] in
                session.queries.removeFirst()
                answerNextQuery(of: session)
            }
        }
    }

    /// Adds to the open requests of a page what the journal does not know: which clients are away since their connections were
    /// lost.
    ///
    /// Places in the queue are added only for a query for one request: counting them for a page of waiters would take too much
    /// time of the loop.
    func withPresence(_ answer: ServerMessage, _ query: HistoryQuery) -> ServerMessage {
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

    /// The reason why the peer may not read what it asks for; nil if it may. A query for all resources needs the right to at
    /// least one.
    private func refusalToRead(_ query: HistoryQuery, _ session: Session) -> String? {
        let resource = query.filter.resource
        return permissions.mayRead(permissions.identity(of: session), of: resource) ? nil : refusal(.read, session, on: resource)
    }

    /// Whether the request is a probe, which only asks which daemon listens here. It has no effect and is not recorded.
    func isProbe(_ lock: LockMessage, _ part: LockPart) -> Bool {
        lock.offer != nil && part.mode == .nullLock && !lock.wait && !lock.create && !engine.exists(part.resource)
    }
}
