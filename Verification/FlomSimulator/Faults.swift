import FlomChecker
import FlomCore
internal import FlomEngine
import FlomModel
import FlomRandom

// Kills, stops, reboots, clocks that are set.
extension World {
    func planFaults() {
        planNext(.daemonIsKilled, style.killInterval)
        planNext(.daemonIsStopped(.signal), style.stopInterval)
        planNext(.hostReboots, style.rebootInterval)
        planNext(.powerIsLost, style.powerLossInterval)
        planNext(.journalFails(0), style.failureInterval)
        planNext(.wallClockIsSet(byMicroseconds: 0), style.clockStepInterval)
        planNext(.lockIsBroken, style.breakInterval)
        plan(.personLooksAround, after: Self.reclaimGrace)
    }

    func breakLock() {
        daemon?.breakLock(one: random.below(1000))
        planNext(.lockIsBroken, style.breakInterval)
    }

    func personLooksAround() {
        daemon?.breakThoseOfTheGone()
        let isOver = isWindingDown && clients.isEmpty && daemon?.engine.openRequestCount == 0
        if !isOver { plan(.personLooksAround, after: Self.reclaimGrace) }
    }

    func planNext(_ event: SimulatedEvent, _ interval: Int64?) {
        guard let interval, !isWindingDown else { return }
        plan(event, after: random.time(around: interval))
    }

    /// A daemon that hardly ever lives long enough to search twice for the command of somebody who is gone gathers requests without
    /// end; such worlds say little. A few of its moments come early all the same.
    private static let usualLife = 400 * Style.millisecond

    /// - Parameter chances: in 10 000.
    func isUnlucky(_ chances: Int) -> Bool {
        guard !isWindingDown, chances > 0, random.below(10_000) < chances else { return false }
        return hasLivedLongEnough || !isCrowded && random.chance(percent: 5)
    }

    /// Who is gone on another host is told from who is away only by a daemon that lives for longer than that takes.
    var hasLivedLongEnough: Bool {
        now - daemonStartedAt > (isCrowded ? Self.reclaimGrace * 2 : Self.usualLife)
    }

    /// More wait and hold than there are, or nobody has got a lock for so long that all may wait for one who is gone.
    private var isCrowded: Bool {
        (daemon?.engine.openRequestCount ?? 0) > clients.count + 3 || now - lastStartAt > Self.reclaimGrace / 3
    }

    /// Nothing bad happens any more when everybody is about to finish.
    func faultStrikes(_ body: () -> Void) { if !isWindingDown { body() } }

    /// The next one is killed some time later.
    func killDaemonNowAndAgain() {
        if hasLivedLongEnough || !isCrowded && random.chance(percent: 20) { killDaemon() }
        planNext(.daemonIsKilled, style.killInterval)
    }

    func killDaemon() {
        guard daemon != nil else { return }
        counts.kills += 1
        daemonIsGone(livesEnd: false)
    }

    /// Its memory is gone, its connections end; somebody starts the next one.
    ///
    /// - Parameter silently: no word of it reaches other hosts before they look.
    func daemonIsGone(livesEnd: Bool, closing: DaemonDeparture = .unexplained, silently: Bool = false) {
        guard let gone = daemon else { return }
        gone.noteListening(since: daemonStartedAt)
        daemon = nil
        record(.daemonEnded(livesEnd: livesEnd))
        for connection in gone.connections {
            connection.daemonEndIsOpen = false
            // A socket of this host still delivers what is in it; a network may not.
            if !connection.client.isLocal && random.chance(percent: 50) { connection.carriesAnswers = false }
            let delay = silently ? noticing() : latency(connection.client)
            queue.plan(.hearsLoss(connection), at: max(now + delay, connection.lastAnswer))
        }
        journal.abandon()
        if closing == .restarting { plan(.daemonStarts, after: latencyOfSuccessor()) } else { planStart() }
    }

    /// A client starts the next one.
    func startDaemonSoon() {
        guard !daemonIsBeingStarted else { return }
        daemonIsBeingStarted = true
        plan(.daemonStarts, after: latencyOfSuccessor())
    }

    private func latencyOfSuccessor() -> Int64 { Int64(1 + random.below(20)) * Style.millisecond }

    func planStart() {
        let isLong = random.chance(percent: 4)
        plan(.daemonStarts, after: isLong ? Int64(random.below(60)) * Style.second : random.time(around: style.thinkTime))
    }

    func startDaemon() {
        daemonIsBeingStarted = false
        guard daemon == nil else { return }
        incarnation += 1
        daemonStartedAt = now
        do {
            let shell = try DaemonShell(self, incarnation)
            daemon = shell
            shell.start()
        } catch { failure = error }
        if incarnation > 1, style.stopInterval != nil, random.chance(percent: 20) {
            planNext(.daemonIsStopped(random.pick(Stop.allCases)), style.stopInterval)
        }
    }

    func setWallClock(by step: Int64) {
        wallOffset += step
        counts.steps += 1
        let steps: [Int64] = [-3600, -90, -30, -2, 1, 2, 45, 90, 3600]
        let next = random.pick(steps) * 1_000_000 + Int64(random.below(1_000_000))
        planNext(.wallClockIsSet(byMicroseconds: next), style.clockStepInterval)
    }

    /// Everything that runs on this host is gone; the clock that counts from booting begins anew.
    func reboot() {
        guard hasLivedLongEnough, isLongBooted else { return planNext(.hostReboots, style.rebootInterval) }
        counts.reboots += 1
        daemonIsGone(livesEnd: false)
        endBoot()
        planNext(.hostReboots, style.rebootInterval)
    }

    /// Two boots that begin within two seconds cannot be told by their clocks: see `BootEvidence`. No machine is as quick as that.
    var isLongBooted: Bool { now - bootedAt > 3 * Style.second }

    func endBoot() {
        for client in clients.values.sorted(by: { $0.id < $1.id }) where client.isLocal && (client.isAlive || client.commandLives)
        {
            kill(client, withCommand: true)
        }
        boots += 1
        bootedAt = now
    }
}
