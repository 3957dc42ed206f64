internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomSystem
internal import FlomWire

/// A conversation with a running daemon of flom about its knowledge and its orders. It begins with a request for the daemon's
/// identity, one that does no harm to a daemon of 1.7.2.
final class DaemonDialogue {
    /// A page takes milliseconds, but other clients may be asking too.
    private static let pageLimitMilliseconds: Int64 = 30_000

    private let endpoint: Endpoint
    private var place: String { endpoint.name }
    private var connection: ClientConnection
    /// What the daemon says about itself; nil if its version is older than this message.
    let about: DaemonAbout?
    /// The time to the daemon's answer, in nanoseconds.
    let roundTripNanoseconds: Int64

    /// The connection's descriptor, for questions to the kernel.
    var descriptor: Int32 { connection.descriptor }

    /// - Throws: `Failure` 99 when no daemon answers, or one that keeps no history. Starts no daemon.
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

    /// - Parameter body: false to stop.
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
            // A page that does not advance would make this loop endless.
            if let after = query.after, let last = page.rows.last?.request, last <= after { throw doesNotBelongHere() }
            return page
        case .queryRefused(let reason):
            throw Failure(.failure, "the daemon on '\(place)' does not tell its history: \(reason)")
        case .answer, .tellParts, .unlocked, .closing, .confirmed, .offered, .revoked, .breakAnswer, .shutdownAnswer,
            .pruneAnswer, .location:
            throw doesNotBelongHere()
        }
    }

    /// The daemon's counters; nil if it does not send any.
    ///
    /// - Throws: `Failure` 99 if it does not answer.
    func counters(patience: Int64) throws(Failure) -> DaemonCounters? {
        var query = HistoryQuery(limit: 0)
        query.wantsLimits = true
        guard case .page(let page) = try ask(.query(query), until: .after(milliseconds: patience)) else { return nil }
        return page.counters
    }

    /// Orders `--break`.
    func breakLock(_ request: RequestID, reason: String) throws(Failure) {
        let message = ClientMessage.breakLock(BreakMessage(request: request, reason: reason))
        switch try ask(message, until: .after(milliseconds: Self.pageLimitMilliseconds)) {
        case .breakAnswer(nil): return
        case .breakAnswer(let refusal?):
            throw Failure(.failure, "request \(request.number) is not broken: \(refusal)")
        default: throw doesNotBelongHere()
        }
    }

    /// Orders `--restart`.
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

    /// Orders `--prune-older-than`.
    ///
    /// - Parameter before: microseconds since 1970-01-01 UTC.
    func prune(before: Int64) throws(Failure) -> (requests: Int64, events: Int64) {
        // Pruning much takes long, because locks come first.
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
        Failure(.failure, "the answer of the daemon on '\(place)' is not one to this request", code: ReturnNumber.protocolError)
    }

    /// A lock request without effect: for a resource that surely does not exist, without creating it or waiting for it, in the
    /// mode that excludes nothing. A daemon of 1.7.2 crashes on any other first message but a shutdown.
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
