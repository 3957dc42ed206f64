import FlomEngine
import FlomModel
import FlomRandom

/// Runs a schedule against the engine and the model, side by side, and compares them after every step.
struct ScheduleRun {
    struct Difference: Error, CustomStringConvertible {
        let description: String
    }

    private var engine: Engine
    private var model: ReferenceModel
    private(set) var judge: HistoryJudge
    private var effects = Effects()
    private var milliseconds: Int64 = 1_000_000
    private var now: Instant { Instant(nanoseconds: 0).advanced(byMilliseconds: milliseconds) }

    private var sessionOfClient: [SessionID]
    private var lastSession: UInt64

    private var invariantChecks = SeededRandom(seed: 1)
    private let world: [ResourceName]
    /// Time passes from deadline to deadline, as it does for a daemon that is not busy.
    private let isPunctual: Bool

    init(_ schedule: Schedule) {
        let maxOvertake = schedule.maxOvertake
        world = schedule.world
        isPunctual = schedule.isEntangled
        engine = Engine(
            policy: QueuePolicy(maxOvertakeMilliseconds: maxOvertake), nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        model = ReferenceModel(maxOvertake: maxOvertake)
        judge = HistoryJudge(maxOvertake: maxOvertake)
        lastSession = UInt64(Schedule.clients)
        sessionOfClient = (1...lastSession).map { SessionID($0) }
    }

    mutating func run(_ schedule: Schedule) throws(Difference) {
        for (index, scheduled) in schedule.steps.enumerated() {
            do {
                try apply(scheduled)
            } catch { throw Difference(description: "at \(index + 1). \(scheduled): \(error)") }
        }
        do { try letEverybodyThrough() } catch { throw Difference(description: "at the end: \(error)") }
    }

    /// Holders are released, the oldest first, and requests that await a creation give up. Nothing else is needed: no request is left.
    private mutating func letEverybodyThrough() throws(Difference) {
        while !judge.journal.open.isEmpty {
            let idle = judge.journal.holders.first ?? judge.journal.awaitingCreation.first
            if let idle {
                let number = idle.request.group ?? idle.id
                if let client = sessionOfClient.firstIndex(where: { engine.request(of: $0) == number }) {
                    try apply(idle.phase == .awaitingCreation ? .hangUp(client: client) : release(client))
                } else {
                    model.gone(number.number, at: milliseconds)
                    try step(.gone(number, Script.proof))
                }
            } else {
                guard engine.nextDeadline != nil else { throw Difference(description: "nobody holds, somebody waits") }
                try passToDeadline()
            }
        }
    }

    private func release(_ client: Int) -> ScheduleStep { .unlock(client: client, wrong: false, .exited(status: 0)) }

    private mutating func passToDeadline() throws(Difference) {
        guard let next = engine.nextDeadline else { return }
        milliseconds = max(milliseconds, next.milliseconds(since: Instant(nanoseconds: 0)))
        model.timePasses(at: milliseconds)
        try step(.deadlinePassed)
        if let again = engine.nextDeadline, again <= now { throw Difference(description: "the deadline is over and stays") }
    }

    // MARK: - Steps

    private mutating func apply(_ scheduled: ScheduleStep) throws(Difference) {
        switch scheduled {
        case .lock(let client, var request, let under):
            let session = sessionOfClient[client]
            if let under { request.parent = parent(under, not: session) }
            model.lock(session, request, at: milliseconds)
            try step(.lock(session, request))
        case .unlock(let client, let isWrong, let completion):
            let session = sessionOfClient[client]
            let own = model.asks.first { $0.session == session }?.request.resource
            let other = world.first { KindRules.identity($0) != own.map(KindRules.identity) }!
            let name = isWrong ? other : own ?? other
            model.unlock(session, name, fails: completion.rollsBack, at: milliseconds)
            try step(.unlock(session, name, completion))
        case .expire(let client):
            model.expire(sessionOfClient[client], at: milliseconds)
            try step(.expired(sessionOfClient[client]))
        case .hangUp(let client):
            model.hangUp(sessionOfClient[client], at: milliseconds)
            try step(.hungUp(sessionOfClient[client]))
            renewConnection(of: client)
        case .start(let client):
            model.nothing()
            try step(.started(sessionOfClient[client], Script.command))
        case .gone(let place):
            try news(place, { .gone($0, Script.proof) }, { $0.gone($1, at: $2) })
        case .clientGone(let place):
            try news(place, { .clientGone($0) }, { model, _, _ in model.nothing() })
        case .commandFound(let place):
            try news(place, { .commandFound($0, Script.command) }, { model, _, _ in model.nothing() })
        case .cannotResume(let place):
            try news(place, { .cannotResume($0) }, { $0.cannotResume($1, at: $2) })
        case .pass(let span):
            let end = milliseconds + span
            while isPunctual, let next = engine.nextDeadline, next.milliseconds(since: Instant(nanoseconds: 0)) <= end {
                try passToDeadline()
            }
            milliseconds = end
        case .deadline:
            model.nothing()
            try step(.deadlinePassed)
            let isIdle = model.asks.isEmpty && model.ends(at: milliseconds).isEmpty
            if engine.isIdle != isIdle { throw Difference(description: "the engine's isIdle is \(engine.isIdle)") }
        case .shutDown:
            model.shutDown(at: milliseconds)
            try step(.shutDown)
        case .restart(let bound, let gone):
            try restart(bound, gone)
        }
    }

    private func parent(_ place: Int, not session: SessionID) -> RequestID? {
        let holders = model.holders.filter { $0.session != session }.map(\.number)
        // The first request of a schedule has mostly ended.
        let all = holders + (model.asks.contains { $0.number == 1 } ? [] : [1])
        return all.isEmpty ? nil : RequestID(all[place % all.count])
    }

    private mutating func news(
        _ place: Int, _ input: (RequestID) -> Input, _ tell: (inout ReferenceModel, Int64, Int64) -> Void
    ) throws(Difference) {
        let absent = model.asks.filter { $0.session == nil }
        guard !absent.isEmpty else { return }
        let number = absent[place % absent.count].number
        tell(&model, number, milliseconds)
        try step(input(RequestID(number)))
    }

    private mutating func restart(_ bound: Int64, _ gone: [Int]) throws(Difference) {
        let journal = judge.journal
        engine = Engine(
            policy: QueuePolicy(maxOvertakeMilliseconds: bound), nextRequest: journal.newestRequest + 1, epoch: 1,
            lastTokenCounter: journal.newestToken.counter, open: journal.open, living: journal.recovered)
        model.restart(maxOvertake: bound)
        judge.restarted(maxOvertake: bound)
        for client in sessionOfClient.indices { renewConnection(of: client) }
        for place in gone { try news(place, { .gone($0, Script.proof) }, { $0.gone($1, at: $2) }) }
        model.recovered(at: milliseconds)
        judge.recovers()
        try step(.recovered)
    }

    private mutating func renewConnection(of client: Int) {
        lastSession += 1
        sessionOfClient[client] = SessionID(lastSession)
    }

    // MARK: - Foresight

    /// Nil where it may err: what has come due is dealt with first in the step, as is an earlier request of the same session.
    private func foresee(_ input: Input) -> (session: SessionID, waits: Bool)? {
        guard case .lock(let session, let request) = input, engine.request(of: session) == nil,
            engine.nextDeadline.map({ $0 > now }) ?? true
        else { return nil }
        return (session, engine.wouldWait(request, at: Moment(boottime: now, wallMicroseconds: 0)))
    }

    private func compareForesight(_ session: SessionID, _ waits: Bool) throws(Difference) {
        guard let answer = effects.answers.first(where: { $0.session == session }) else { return }
        let isAsForeseen =
            switch answer.body {
            case .granted: !waits
            case .queued, .awaitingCreation: waits
            // A deadlock is found only when it would wait.
            case .refused(let refusal): if case .deadlock = refusal { waits } else { !waits }
            default: true
            }
        if !isAsForeseen { throw Difference(description: "waits, as the engine foresaw: \(waits); it answers \(answer.body)") }
    }

    // MARK: - Steps

    private mutating func step(_ input: Input) throws(Difference) {
        effects.removeAll()
        let foreseen = foresee(input)
        engine.step(input, at: now, into: &effects)
        // Looking at everything costs more than the step, and what is wrong mostly stays wrong.
        if invariantChecks.chance(percent: 10) {
            do { try engine.checkInvariants() } catch { throw Difference(description: "\(error)") }
        }
        if let foreseen { try compareForesight(foreseen.session, foreseen.waits) }
        do {
            try judge.judge(effects.events, effects.lives, at: now)
        } catch { throw Difference(description: "\(error)") }

        let said = effects.answers.map(Self.word)
        guard said == model.words else {
            throw Difference(description: "answers \(said.map(Self.text)), expected \(model.words.map(Self.text))")
        }
        for answer in effects.answers { try compareGrants(answer) }
        guard effects.inquiries.map(\.number) == model.inquiries else {
            throw Difference(description: "inquiries \(effects.inquiries), expected \(model.inquiries)")
        }
        try compareStanding()
    }

    private static func word(_ answer: Answer) -> ReferenceModel.Word {
        let kind: ReferenceModel.Word.Kind =
            switch answer.body {
            case .granted(let grant, let others):
                .granted(([grant] + others).map { $0.element.map { String(decoding: $0, as: UTF8.self) } })
            case .queued(let position): .queued(position)
            case .awaitingCreation: .awaitingCreation
            case .refused(.deadlock): .deadlock
            case .refused(let refusal): .refused(refusal)
            case .released: .released
            case .offered: preconditionFailure("nobody here confirms")
            case .revoked: preconditionFailure("no schedule breaks a lock")
            case .notHeld: .notHeld
            }
        return .init(session: answer.session, number: answer.request?.number, kind: kind)
    }

    /// What a session is told of its grants is what the history has, part by part.
    private func compareGrants(_ answer: Answer) throws(Difference) {
        guard case .granted(let first, let others) = answer.body, let id = answer.request else { return }
        for (index, grant) in ([first] + others).enumerated() {
            let row = judge.journal.find(RequestID(id.number + Int64(index)))
            guard row?.phase == .held(grant.token), row?.element == grant.element else {
                throw Difference(description: "part \(index + 1) of \(id.number) is told \(grant)")
            }
        }
    }

    private static func text(_ word: ReferenceModel.Word) -> String { "\(word.number ?? 0) \(word.kind)" }

    /// Compares who holds, waits and awaits a creation by the engine's history and by the model.
    private func compareStanding() throws(Difference) {
        let open = judge.journal.open
        let expected = model.asks.flatMap { ask in ask.parts.indices.map { (number: ask.number + Int64($0), ask.place) } }
        guard open.count == expected.count, zip(open, expected).allSatisfy({ Self.isSame($0, $1.number, $1.1) }) else {
            let found = open.map { "\($0.id.number) \($0.phase)" }
            throw Difference(description: "open: \(found), expected: \(expected)")
        }
        guard engine.openRequestCount == model.asks.count else {
            throw Difference(description: "openRequestCount is \(engine.openRequestCount)")
        }
        if let name = engine.overgranted { throw Difference(description: "\(name) is overgranted") }
        for session in sessionOfClient {
            let mine = model.asks.first { $0.session == session }?.number
            guard engine.request(of: session)?.number == mine else {
                throw Difference(description: "the request of session \(session.number) is not \(mine ?? 0)")
            }
        }
        let moments = model.ends(at: milliseconds) + model.endsOfPatience(at: milliseconds)
        if let first = moments.min() {
            let end = Instant(nanoseconds: 0).advanced(byMilliseconds: first)
            guard let next = engine.nextDeadline, next <= end else {
                throw Difference(description: "no deadline for what ends at \(first)")
            }
        }
    }

    private static func isSame(_ open: OpenRequest, _ number: Int64, _ place: ReferenceModel.Ask.Place) -> Bool {
        guard open.id.number == number else { return false }
        switch (open.phase, place) {
        case (.held, .holding), (.waiting, .queued), (.awaitingCreation, .awaitingCreation): return true
        default: return false
        }
    }
}
