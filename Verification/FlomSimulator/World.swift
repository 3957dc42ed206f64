import FlomChecker
import FlomModel
import FlomRandom

/// Clients, a network, a host and a daemon with its journal, all from one seed; everything that happens is written down as a
/// history, which a checker reads along.
///
/// Time jumps from one event to the next. Nothing here knows what is right: the daemon's shell does what the real one does
/// around the same engine, and the checker has its own idea.
final class World {
    /// 2026-01-01 00:00:00 UTC.
    static let firstSecond: Int64 = 1_767_225_600

    struct Counts {
        var requests = 0, kills = 0, stops = 0, reboots = 0, steps = 0, commits = 0, events = 0, broken = 0
        var failedCommits = 0
    }

    let style: Style
    var random: SeededRandom
    /// The generator for places, machines and everything that depends on them.
    var placesRandom: SeededRandom
    let places: [Place]
    /// Whether clients that have lost their daemon start the next one, where they may.
    let clientsStartDaemons: Bool
    var daemonIsBeingStarted = false
    /// When a command was started last.
    var lastStartAt: Int64 = 0
    var livenessPipes: [RequestID: LivenessPipe] = [:]
    let journal: any SimulatedJournal
    var checker: Checker
    var counts = Counts()
    /// Called for every record and event; only set when a failure is shown.
    var trace: ((String) -> Void)?
    var failure: (any Error)?
    /// A digest of the times of all records: a run that differs anywhere soon differs in them.
    var digest: UInt64 = 0

    var queue = EventQueue()
    var now: Int64 = 0
    /// When this boot began, and how far the wall clock is off.
    var bootedAt: Int64 = 0
    var boots = 1
    var wallOffset: Int64 = 0

    var clients: [Int64: ModelClient] = [:]
    var nextClient: Int64 = 1
    var nextConnection: UInt64 = 1
    /// By the request's number in the environment.
    var commands: [Int64: ModelClient] = [:]
    var requestsLeft: Int
    /// Clients that wait for a daemon to listen.
    var outside: [ModelClient] = []
    var daemon: DaemonShell?
    var incarnation = 0
    var daemonStartedAt: Int64 = 0
    var endpointRecord: EndpointNote?
    /// What the device has of the endpoint record, if it has one.
    var olderEndpointRecord: EndpointNote?
    var commitsFailUntil: Int64 = 0
    var nextCommitFails = false
    /// Faults end with the last request, so that everybody can finish.
    var isWindingDown: Bool { requestsLeft == 0 }

    /// A request takes about twenty. A world in which nothing goes on would last for ever.
    private let eventsLimit: Int

    struct Endless: Error, CustomStringConvertible {
        let description = "the world does not come to an end: somebody waits for ever"
    }

    /// Nothing is going to happen any more, and somebody waits for it.
    struct Forgotten: Error, CustomStringConvertible {
        let description: String
        init(_ client: ModelClient) { description = "\(client) is \(client.state) when nothing happens any more" }
    }

    init(seed: UInt64, requests: Int, journal: any SimulatedJournal) {
        var random = SeededRandom(seed: seed)
        style = Style(&random)
        self.random = random
        placesRandom = Self.placesGenerator(seed: seed)
        places = Self.drawPlaces(&placesRandom)
        clientsStartDaemons = placesRandom.chance(percent: 30)
        self.journal = journal
        requestsLeft = requests
        eventsLimit = requests * 500 + 10_000
        var settings = Checker.Settings()
        settings.maxOvertakeMilliseconds = style.policy.maxOvertakeMilliseconds
        settings.mayLosePower = style.powerLossInterval != nil
        settings.mayBeUnseen = places.count > 1
        checker = Checker(settings)
    }

    // MARK: - Clocks

    var bootID: String { "boot-\(boots)" }
    var boottime: Instant { Instant(nanoseconds: now - bootedAt) }
    var moment: Moment {
        Moment(boottime: boottime, wallMicroseconds: Self.firstSecond * 1_000_000 + now / 1000 + wallOffset)
    }

    // MARK: - Running

    /// - Throws: what the checker found, or what the daemon itself could not accept.
    func run() throws {
        for user in 0..<style.users { plan(.userComes(user), after: random.time(around: style.thinkTime)) }
        planFaults()
        plan(.daemonStarts, after: 0)
        while let entry = queue.next() {
            now = entry.at
            counts.events += 1
            if let trace { trace("\(now) · \(entry.event.words)") }
            happen(entry.event)
            if let failure { throw failure }
            guard counts.events < eventsLimit else { throw Endless() }
        }
        if let left = clients.values.min(by: { $0.id < $1.id }) { throw Forgotten(left) }
        record(.allDone)
        if let failure { throw failure }
    }

    func plan(_ event: SimulatedEvent, after delay: Int64) { queue.plan(event, at: now + max(0, delay)) }

    func record(_ fact: Fact) {
        guard failure == nil else { return }
        let record = Record(now, fact)
        digest = (digest &* 0x100_0000_01B3) ^ UInt64(bitPattern: now)
        if let trace { trace(record.line) }
        do throws(BrokenPromise) { try checker.check(record) } catch { failure = error }
    }

    private func happen(_ event: SimulatedEvent) {
        if let client = event.actor, client.isAlive, client.stoppedUntil > now {
            return plan(event, after: client.stoppedUntil - now)
        }
        switch event {
        case .userComes(let user): userComes(user)
        case .connects(let client): connect(client)
        case .hearsAnswer(let connection, let answer): hear(answer, on: connection)
        case .hearsLoss(let connection): hearLoss(of: connection)
        case .comesBack(let client, let attempt): comeBack(client, attempt)
        case .missesAnswer(let client, let connection): missAnswer(client, on: connection)
        case .tends(let client): tend(client)
        case .startsInner(let client): startInner(of: client)
        case .givesUp(let client): giveUp(client)
        case .losesPatience(let client): losePatience(client)
        case .commandEnds(let client, let signalled): commandEnds(client, signalled: signalled)
        case .isKilled(let client, let withCommand): kill(client, withCommand: withCommand)
        case .connectionBreaks(let client): breakConnection(of: client)
        case .isStopped(let client, let time): if client.state == .asking { client.stoppedUntil = now + time }
        case .exits(let client): exit(client)

        case .arrives(let connection, let word):
            if connection.daemonEndIsOpen && !connection.isCut { daemon?.hear(word, on: connection) }
        case .hangsUp(let connection):
            hangUp(connection)
        case .turnEnds(let number): ifServing(number) { $0.turnIsOver() }
        case .deadlineComes(let number, let deadline): ifServing(number) { $0.deadlineComes(deadline) }
        case .deviceHas(let number, let commit): ifServing(number) { $0.gate.synced(upTo: commit) }
        case .commitIsDue(let number): ifServing(number) { $0.gate.commitIsDue() }
        case .syncIsDue(let number): ifServing(number) { $0.gate.syncIsDue() }
        case .triesToWrite(let number): ifServing(number) { $0.gate.retryIsDue() }
        case .resourcesOpen(let number): ifServing(number) { $0.openResources() }
        case .processEndIsSeen(let process): daemon?.inquiry.ended(process)
        case .livenessPipeEndIsSeen(let request): daemon?.inquiry.livenessPipeEnded(request)
        case .inquiryIsDue(let number, let alarm): ifServing(number) { $0.inquiry.due(alarm) }

        case .daemonIsKilled: faultStrikes { killDaemonNowAndAgain() }
        case .daemonIsStopped(let stop): faultStrikes { daemon?.stop(stop) }
        case .daemonStarts: startDaemon()
        case .wallClockIsSet(let step): faultStrikes { setWallClock(by: step) }
        case .hostReboots: faultStrikes { reboot() }
        case .powerIsLost: faultStrikes { losePower() }
        case .journalFails(let time): faultStrikes { failCommits(for: time) }
        case .lockIsBroken: faultStrikes { breakLock() }
        case .personLooksAround: personLooksAround()
        }
    }

    private func ifServing(_ number: Int, _ body: (DaemonShell) -> Void) {
        if let daemon, daemon.incarnation == number { body(daemon) }
    }
}
