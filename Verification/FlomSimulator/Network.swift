import FlomChecker
import FlomEngine
import FlomRandom

// Words between clients and the daemon: late, in order on one connection, lost when a connection is.
extension World {
    /// So that things also happen in one turn of the daemon, and not each in its own.
    private static let grain: Int64 = 100_000

    func latency(_ client: ModelClient) -> Int64 {
        if client.isLocal { return Int64(20_000 + random.below(200_000)) }
        let isStalled = random.chance(percent: 1)
        return Int64(200_000 + random.below(isStalled ? 3_000_000_000 : 20_000_000))
    }

    func send(_ word: ClientWord, from client: ModelClient) {
        guard let connection = client.connection, connection.clientEndIsOpen else { return }
        queue.plan(.arrives(connection, word), at: arrival(on: connection))
    }

    /// The client's end closes, by its own will or with its process. What it has said before still arrives.
    func closeEnd(of client: ModelClient) {
        guard let connection = client.connection, connection.clientEndIsOpen else { return }
        connection.clientEndIsOpen = false
        connection.carriesAnswers = false
        queue.plan(.hangsUp(connection), at: arrival(on: connection))
    }

    /// Both ends learn of it by themselves, and nothing that is on its way arrives.
    func breakConnection(of client: ModelClient) {
        guard let connection = client.connection, connection.clientEndIsOpen, connection.daemonEndIsOpen else { return }
        record(.connectionLost(client.id))
        connection.carriesAnswers = false
        connection.isCut = true
        // Between hosts that are ours both ends notice within half of the time for which a lost holder is kept.
        if random.chance(percent: 50) { client.cutOffUntil = now + Int64(random.below(40)) * Style.second }
        plan(.hangsUp(connection), after: noticing())
        plan(.hearsLoss(connection), after: noticing())
    }

    func noticing() -> Int64 {
        Int64(random.below(random.chance(percent: 50) ? 500_000_000 : Int(Self.lostHolderDelay / 2)))
    }

    /// `LostHolderDelay` and `ReclaimGrace` as they usually are.
    static let lostHolderDelay = 15 * Style.second
    static let reclaimGrace = 30 * Style.second
    /// As `HolderInquiry` has it.
    static func graceLeft(missed: Int64) -> Int64 { max(reclaimGrace - missed, reclaimGrace / 6) }

    /// The daemon hears the end of a connection.
    func hangUp(_ connection: Connection) {
        let client = connection.client
        // One that was cut is lost since then; one that its client has left, from now on.
        if client.isAlive, !connection.isCut, client.connection == nil { record(.connectionLost(client.id)) }
        if connection.daemonEndIsOpen { daemon?.hearEnd(of: connection) }
    }

    /// The daemon closes a connection.
    func dismiss(_ connection: Connection) {
        connection.daemonEndIsOpen = false
        let heard = max(now + latency(connection.client), connection.lastAnswer)
        queue.plan(.hearsLoss(connection), at: heard)
    }

    func answer(_ answer: Answer, on connection: Connection) { say(.engine(answer), on: connection) }

    func say(_ answer: DaemonWord, on connection: Connection) {
        guard connection.carriesAnswers else { return }
        let at = max(connection.lastAnswer, now + latency(connection.client))
        connection.lastAnswer = at
        queue.plan(.hearsAnswer(connection, answer), at: at)
    }

    /// What the daemon notices by itself can meet words in one turn.
    func planOnGrain(_ event: SimulatedEvent, after delay: Int64) {
        queue.plan(event, at: (now + delay + Self.grain - 1) / Self.grain * Self.grain)
    }

    private func arrival(on connection: Connection) -> Int64 {
        let exact = max(connection.lastArrival, now + latency(connection.client))
        let at = (exact + Self.grain - 1) / Self.grain * Self.grain
        connection.lastArrival = at
        return at
    }
}
