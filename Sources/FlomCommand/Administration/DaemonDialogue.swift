internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomSystem
internal import FlomWire

/// A conversation with a running daemon of ours about what it knows and what it shall do. It is asked who it is first, by a request
/// that has no effect on 1.7.2's either.
final class DaemonDialogue {
    /// A page takes milliseconds, but others may be asking too.
    private static let pageLimitMilliseconds: Int64 = 30_000

    private let endpoint: Endpoint
    private var place: String { endpoint.name }
    private var connection: ClientConnection
    /// Who the daemon says it is; nil of one that is older than this.
    let about: DaemonAbout?
    /// How long it took to answer, in nanoseconds.
    let roundTripNanoseconds: Int64

    /// For what only the system knows of the connection.
    var descriptor: Int32 { connection.descriptor }

    /// - Throws: `Failure` 99 when nobody is there, or somebody without a history. No daemon is started.
    init(
        _ connector: DaemonConnector, _ settings: Settings, patience: Int64 = RequestDeadlines.handshakeMilliseconds
    ) throws(Failure) {
        endpoint = connector.endpoint
        let place = connector.endpoint.name
        let deadline = Deadline.after(milliseconds: patience)
        var connection = try connector.connectToPresent(until: deadline)
        let start = Clock.boottimeNanoseconds()
        let answer = try Self.ask(try Self.probe(settings), over: &connection, of: endpoint, until: deadline)
        roundTripNanoseconds = Clock.boottimeNanoseconds() - start
        guard case .answer(let answer) = answer, answer.isFirst else { throw Self.doesNotBelongHere(place) }
        guard let details = answer.details else {
            throw Failure(.failure, "the daemon on '\(place)' is FLoM 1.7.2 or one like it, which keeps no history")
        }
        about = details.about
        connection.raiseFrameLimit()
        self.connection = connection
    }

    /// - Parameter body: false when nobody wants more.
    func read(_ query: HistoryQuery, _ body: (HistoryRow) -> Bool) throws(Failure) {
        var next: HistoryQuery? = query
        while let query = next {
            let page = try page(query)
            for row in page.rows { guard body(row) else { return } }
            next = query.following(page)
        }
    }

    func page(_ query: HistoryQuery) throws(Failure) -> HistoryPage {
        switch try ask(.query(query), until: .after(milliseconds: Self.pageLimitMilliseconds)) {
        case .page(let page):
            // Or it could go on for ever.
            if let after = query.after, let last = page.rows.last?.request, last <= after { throw doesNotBelongHere() }
            return page
        case .queryRefused(let reason):
            throw Failure(.failure, "the daemon on '\(place)' does not tell its history: \(reason)")
        case .answer, .tellParts, .unlocked, .closing, .confirmed, .offered, .revoked, .breakAnswer, .shutdownAnswer,
            .pruneAnswer, .location:
            throw doesNotBelongHere()
        }
    }

    /// What it counts; nil if it does not say.
    ///
    /// - Throws: `Failure` 99 if it does not answer.
    func counters(patience: Int64) throws(Failure) -> DaemonCounters? {
        var query = HistoryQuery(limit: 0)
        query.wantsLimits = true
        guard case .page(let page) = try ask(.query(query), until: .after(milliseconds: patience)) else { return nil }
        return page.counters
    }

    /// `--break`.
    func breakLock(_ request: RequestID, reason: String) throws(Failure) {
        let message = ClientMessage.breakLock(BreakMessage(request: request, reason: reason))
        switch try ask(message, until: .after(milliseconds: Self.pageLimitMilliseconds)) {
        case .breakAnswer(nil): return
        case .breakAnswer(let refusal?):
            throw Failure(.failure, "request \(request.number) is not broken: \(refusal)")
        default: throw doesNotBelongHere()
        }
    }

    /// `--restart`.
    func restart() throws(Failure) {
        var message = ShutdownMessage(immediate: true)
        message.speaksExtension = true
        message.restarts = true
        switch try ask(.shutdown(message), until: .after(milliseconds: Self.pageLimitMilliseconds)) {
        case .shutdownAnswer(nil): return
        case .shutdownAnswer(let refusal?): throw Failure(.failure, "the daemon on '\(place)' is not restarted: \(refusal)")
        default: throw doesNotBelongHere()
        }
    }

    /// `--prune-older-than`.
    ///
    /// - Parameter before: microseconds since 1970-01-01 UTC.
    func prune(before: Int64) throws(Failure) -> (requests: Int64, events: Int64) {
        // It takes as long as there is much to remove, because others come first.
        switch try ask(.prune(before: before), until: .never) {
        case .pruneAnswer(.done(let requests, let events)): return (requests, events)
        case .pruneAnswer(.refused(let reason)): throw Failure(.failure, "the daemon on '\(place)' removes nothing: \(reason)")
        default: throw doesNotBelongHere()
        }
    }

    private func ask(_ question: ClientMessage, until deadline: Deadline) throws(Failure) -> ServerMessage {
        try Self.ask(question, over: &connection, of: endpoint, until: deadline)
    }

    private static func ask(
        _ question: ClientMessage, over connection: inout ClientConnection, of endpoint: Endpoint, until deadline: Deadline
    ) throws(Failure) -> ServerMessage {
        do {
            try connection.send(question)
            if let answer = try connection.receive(until: deadline) { return answer }
        } catch {
            var failure = Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.receive)
            failure.isSilence = error.kind == .timedOut || error.kind == .closed
            throw failure
        }
        var failure = Failure(.failure, Silence.sentence(of: endpoint), code: ReturnNumber.receive)
        failure.isSilence = true
        throw failure
    }

    private func doesNotBelongHere() -> Failure { Self.doesNotBelongHere(place) }

    private static func doesNotBelongHere(_ place: String) -> Failure {
        Failure(.failure, "the answer of the daemon on '\(place)' does not belong here", code: ReturnNumber.protocolError)
    }

    /// Asks for a resource that surely does not exist, neither to be created nor to be waited for, in the mode that excludes
    /// nobody. 1.7.2 dies of any other opening but a lock request or a shutdown.
    private static func probe(_ settings: Settings) throws(Failure) -> ClientMessage {
        let digits = Array("0123456789abcdef".utf8)
        let name = Array("probe".utf8) + Host.randomBytes(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        do {
            var probe = LockTerms([LockPart(try ResourceName(name), .nullLock)], settings)
            probe.timeoutMilliseconds = 0
            probe.mayCreate = false
            probe.idleLifespanMilliseconds = 0
            return LockRequestMessage(probe).message
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
