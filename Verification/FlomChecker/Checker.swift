/// Reads a history, record by record, and throws at the first broken promise. It has its own rules of names, modes and
/// queues, made from the documents and not from the product.
package struct Checker {
    package struct Settings: Sendable {
        /// The age from which a waiter blocks younger requests that conflict with it, in nanoseconds. `Int64.max`: never.
        package var maxOvertakeMilliseconds: Int64 = 10_000
        /// How long a holder on another host is kept after its connection was lost, and after a restart.
        package var lostHolderMilliseconds: Int64 = 15_000
        package var graceMilliseconds: Int64 = 30_000
        /// How long a waiter on the daemon's own host that cannot be seen is kept.
        package var nearGraceMilliseconds: Int64 = 4_000
        /// How long an offer stands: to a client on the daemon's host, and to one that is elsewhere or has no connection.
        package var offerMilliseconds: Int64 = 2_000
        package var farOfferMilliseconds: Int64 = 5_000
        /// Whether daemons may be unable to see the processes of their own host: then time may end a place in the queue.
        package var mayBeUnseen = false
        /// The greatest difference between the time of a record and the daemon's own clock, in nanoseconds.
        package var slack: Int64 = 0
        /// Whether the history may contain a loss of power: then all of it has to be kept.
        package var mayLosePower = true
        package init() {}
    }

    package struct Counts: Hashable, Sendable {
        package var records = 0, requests = 0, grants = 0, waits = 0, overtakings = 0, commands = 0, reclaims = 0, orphans = 0
        package var offers = 0, passedOver = 0
        package var powerLosses = 0, lostCommits = 0, late = 0, shut = 0
        package var restarts = 0, barred = 0, rollbacks = 0, resumptions = 0, groups = 0, nested = 0, deadlocks = 0, broken = 0
    }

    let settings: Settings
    package internal(set) var counts = Counts()

    var requests: [Int64: Part] = [:]
    var resources: [[UInt8]: ResourceState] = [:]
    var clients: [Int64: ClientState] = [:]
    var running: [Int64: Part] = [:]
    /// Grants that a person took away.
    var broken: Set<Int64> = []
    /// The decided requests that are not yet written.
    var breaksAhead: Set<Int64> = []
    /// Groups of which some part has ended since the last commit.
    var ending: [Unit] = []
    /// Changed since the last commit.
    var touched: [ResourceState] = []
    /// Asked, and not yet decided.
    var undecided: [Unit] = []

    /// What is offered now, the newest last.
    var offered: [Unit] = []
    /// When a person has last ended a daemon.
    var shutDownAt: Int64?
    /// When daemons have ended.
    var daemonEnds: [Int64] = []

    /// The time of the present record; for a record that was written late, the time of its decision.
    var at: Int64 = 0
    /// The time of the record before.
    var recordedAt: Int64 = 0
    /// The records that count, in case the end of them is lost.
    var history: [Record] = []
    var isReplaying = false
    var hasLostCommits = false
    var isShut = false
    /// The part of a grace that earlier daemons have waited, if none of them waited to its end.
    var isStillShut = false
    var shutNanoseconds: Int64 = 0
    var hasBeenShut = false
    /// The next daemon may find an older note of a grace that is over.
    var mayHaveWaited = false
    var isLate = false
    var owesGap = false
    var newestRequest: Int64 = 0
    var newestToken: Int64 = 0
    var incarnation = 0
    var isServing = false
    var startedAt: Int64 = 0
    var isShuttingDown = false
    var rebootedAtIncarnation = 0

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    package mutating func check(_ record: Record) throws(BrokenPromise) {
        counts.records += 1
        do throws(BrokenPromise) {
            guard record.at >= recordedAt else {
                throw BrokenPromise(.history, "its time lies before that of the record before it")
            }
            recordedAt = record.at
            if !isLate { at = record.at }
            if settings.mayLosePower { history.append(record) }
            try check(record.fact)
        } catch {
            var broken = error
            broken.record = counts.records
            broken.at = at
            throw broken
        }
    }

    private mutating func check(_ fact: Fact) throws(BrokenPromise) {
        switch fact {
        case .daemonStarted(let number, let afterReboot, let shut):
            guard number > incarnation, !isServing else {
                throw BrokenPromise(.history, "daemon \(number) starts beside another")
            }
            (incarnation, isServing, startedAt) = (number, true, at)
            if number > 1 { counts.restarts += 1 }
            if afterReboot { rebooted() }
            if shut { try close() } else if isStillShut { throw BrokenPromise(.shut, "the grace was cut short by a restart") }
        case .opened: try open()
        case .shutDownOrdered: (isShuttingDown, shutDownAt) = (true, at)
        case .breakOrdered(let number): try orderBreak(number)
        case .daemonEnded(let livesEnd):
            guard undecided.isEmpty else {
                throw BrokenPromise(.once, "request \(undecided[0].ticket) was asked and never decided")
            }
            if isShut { (isStillShut, shutNanoseconds) = (true, shutNanoseconds + at - startedAt) }
            (isServing, isShuttingDown, isShut) = (false, false, false)
            if livesEnd { shutDownAt = at }
            forgetOffers()
            daemonEnds.append(at)
            if livesEnd { for resource in resources.values where resource.isUnused { resource.life = nil } }
        case .committed: try commit()
        case .powerLost(let commits): try losePower(commits)
        case .late(let decidedAt): try beLate(decidedAt)
        case .gap: owesGap = false
        case .told(let number, let told): try tell(number, told)
        case .asked(let asked): try ask(asked)
        case .queued(let number): try queue(number)
        case .awaitingCreation(let number): try awaitCreation(number)
        case .granted(let number, let token, let element): try grant(number, token, element)
        case .offered(let number, let moment, let element): try offer(number, at: moment, element)
        case .passedOver(let number): try passOver(number)
        case .gaveUp(let number): try giveUp(number)
        case .started(let number):
            guard try part(number).isHeld else { throw BrokenPromise(.commitFirst, "request \(number) starts without a grant") }
        case .orphaned(let number): try orphan(number)
        case .resumed(let number): try resume(number)
        case .ended(let number, let ending): try end(number, ending)
        case .clientBegan(let number, let isLocal, let canResume, let killsOnLoss):
            guard clients[number] == nil else { throw BrokenPromise(.history, "client \(number) begins twice") }
            clients[number] = ClientState(isLocal: isLocal, canResume: canResume, killsOnLoss: killsOnLoss)
        case .clientGone(let number):
            let client = try client(number)
            client.isGone = true
            client.lostAt = client.lostAt ?? at
        case .connectionLost(let number):
            let client = try client(number)
            (client.lostAt, client.cutAt) = (at, client.cutAt ?? at)
        case .letGo(let number): try client(number).words += 1
        case .commandStarted(let number, let request, let token, let element):
            try commandStarts(number, request, token, element)
        case .commandEnded(_, let request): try commandEnds(request)
        case .allDone: try finish()
        }
    }

    func client(_ number: Int64) throws(BrokenPromise) -> ClientState {
        guard let found = clients[number] else { throw BrokenPromise(.history, "nobody is client \(number)") }
        return found
    }

    /// The part with the number of an open request.
    func part(_ number: Int64) throws(BrokenPromise) -> Part {
        if let part = requests[number] { return part }
        throw BrokenPromise(
            .once, "request \(number) \(number <= newestRequest && number > 0 ? "has ended already" : "was never asked")")
    }

    mutating func touch(_ resource: ResourceState) {
        if !touched.contains(where: { $0 === resource }) { touched.append(resource) }
    }

    /// The boottime clock began anew: ages count from the restart, and what idles was measured by the wall clock.
    private mutating func rebooted() {
        rebootedAtIncarnation = incarnation
        for part in requests.values where part.unit.phase == .waiting { part.unit.waitsSince = at }
        for resource in resources.values { resource.life?.isUncertain = true }
    }

    private func finish() throws(BrokenPromise) {
        if let open = requests.values.min(by: { $0.request < $1.request }) {
            throw BrokenPromise(
                open.isHeld ? .ending : .progress, "request \(open.request) is still \(open.unit.phase) when all is done")
        }
        if let command = running.values.first { throw BrokenPromise(.history, "the command of \(command.request) never ends") }
    }
}
