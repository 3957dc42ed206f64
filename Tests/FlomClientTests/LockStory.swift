import FlomModel
import FlomNetCore
import FlomWire
import Testing

@testable import FlomClient

/// What a daemon says and does, and what becomes of its client.
struct LockStory: CustomTestStringConvertible, Sendable {
    /// Until when a holder looks after its lock before it lets go.
    enum Until: Sendable {
        case notice
        /// It is back, over this connection.
        case connection(Int)

        func isReached(_ notices: [String], _ daemon: ScriptedDaemon, _ session: LockSession) -> Bool {
            switch self {
            case .notice: !notices.isEmpty
            case .connection(let number): daemon.isPaused && daemon.connections == number && session.descriptor != nil
            }
        }
    }

    let name: String
    var parts = LockStory.one
    var timeout: Int32 = -1
    var grace: Int64 = 30_000
    var mayCreate = true
    let script: [ScriptedDaemon.Act]
    var tends: Until?
    let outcome: String
    var notices: [String] = []
    /// All messages of the client; empty if they do not matter.
    var heard = ""

    var testDescription: String { name }

    static let one = [LockPart(resource("db"), .exclusive)]
    private static let two = [LockPart(resource("db"), .exclusive), LockPart(resource("R2"), .exclusive)]

    private static func resource(_ name: String) -> ResourceName {
        guard let name = try? ResourceName(Array(name.utf8)) else { preconditionFailure("\(name) is no name") }
        return name
    }

    // MARK: - Answers

    private static func answer(
        _ step: LockAnswer.Step, _ code: ReturnCode, _ request: String? = "a:7",
        _ change: (inout AnswerDetails) -> Void = { _ in }
    ) -> ScriptedDaemon.Act {
        var answer = LockAnswer(step: step, code: code)
        var details = AnswerDetails()
        details.request = request
        if code == .granted { details.token = FencingToken(epoch: 0, counter: 5) }
        change(&details)
        answer.details = details
        return .says(.answer(answer))
    }

    private static func old(_ step: LockAnswer.Step, _ code: ReturnCode) -> ScriptedDaemon.Act {
        .says(.answer(LockAnswer(step: step, code: code)))
    }

    private static let granted = answer(.first, .granted)
    private static let grantOfTwo: ScriptedDaemon.Act = {
        var answer = LockAnswer(step: .first, code: .granted)
        var details = AnswerDetails()
        (details.request, details.token) = ("a:7", FencingToken(epoch: 0, counter: 5))
        answer.details = details
        answer.others = [PartGranted(request: "a:8", token: FencingToken(epoch: 0, counter: 6), element: nil)]
        return .says(.answer(answer))
    }()
    private static let queued = answer(.first, .queued)
    private static let kept = answer(.first, .queued) { $0.keptMilliseconds = 15_000 }
    private static let grantedLater = answer(.later, .granted)
    private static let asks: [ScriptedDaemon.Act] = [.accepts, .hears("lock")]
    private static let unlocks: [ScriptedDaemon.Act] = [.hears("unlock"), .says(.unlocked)]
    private static let isHeld = "held db 5 a:7"

    private static func acts(_ parts: [ScriptedDaemon.Act]...) -> [ScriptedDaemon.Act] { parts.flatMap(\.self) }

    private static func lost(_ outcome: String) -> ScriptedDaemon.Act {
        answer(.first, .cannotLock) { ($0.isLost, $0.outcome, $0.reason) = (true, outcome, "request 7 is \(outcome)") }
    }

    // MARK: - The table

    static let all: [LockStory] = [asking, losing, holding, unlocking, others, refusals].flatMap(\.self)

    private static let refusals: [LockStory] = first.map(atOnce) + later.map(afterTheWait)

    private static let first: [(code: ReturnCode, outcome: String)] = [
        (.busy, "busy: "), (.cannotWait, "cannot wait"), (.impossible, "impossible: "), (.invalidResourceName, "invalid name: "),
    ]

    private static func atOnce(_ row: (code: ReturnCode, outcome: String)) -> LockStory {
        LockStory(
            name: "1.7.2 answers \(row.code)", script: acts(asks, [old(.first, row.code), .hearsTheEnd]), outcome: row.outcome)
    }

    /// 1.7.2's own client takes each of these for a grant, and runs its command without the lock.
    private static let later: [(step: LockAnswer.Step, code: ReturnCode, outcome: String)] = [
        (.later, .impossible, "impossible: "), (.later, .cannotLock, "refused:  0"), (.later, .busy, "busy: "),
        (.final, .cannotLock, "refused:  0"), (.final, .impossible, "impossible: "),
    ]

    private static func afterTheWait(_ row: (step: LockAnswer.Step, code: ReturnCode, outcome: String)) -> LockStory {
        LockStory(
            name: "1.7.2 answers \(row.code) in step \(row.step.rawValue) after the wait",
            script: acts(asks, [old(.first, .queued), old(row.step, row.code), .hearsTheEnd]), outcome: row.outcome)
    }

    private static let asking: [LockStory] = [
        LockStory(
            name: "granted at once", script: acts(asks, [granted], unlocks), outcome: isHeld,
            heard: "lock describe started unlock"),
        LockStory(
            name: "offered, confirmed, granted",
            script: acts(asks, [queued, .says(.offered), .hears("confirm"), grantedLater], unlocks),
            outcome: isHeld, heard: "lock describe confirm started unlock"),
        LockStory(
            name: "the offer was too late",
            script: acts(
                asks,
                [
                    queued, .says(.offered), .hears("confirm"), answer(.later, .queued), .says(.offered), .hears("confirm"),
                    grantedLater,
                ], unlocks),
            outcome: isHeld, heard: "lock describe confirm confirm started unlock"),
        LockStory(
            name: "several resources",
            parts: two,
            script: acts(
                asks,
                [
                    .says(.tellParts), .hears("parts"),
                    grantOfTwo,
                ], unlocks),
            outcome: "held db 5 a:7 R2 6 a:8"),
        LockStory(
            name: "busy", timeout: 0, script: acts(asks, [answer(.first, .busy, nil) { $0.reason = "it is held" }]),
            outcome: "busy: it is held"),
        LockStory(
            name: "a deadlock is found while it waits",
            script: acts(asks, [queued, answer(.final, .busy, nil) { $0.reason = "a circle" }]), outcome: "busy: a circle"),
        LockStory(
            name: "refused", script: acts(asks, [answer(.first, .cannotLock, nil) { ($0.reason, $0.number) = ("no right", -3) }]),
            outcome: "refused: no right -3"),
        LockStory(name: "impossible", script: acts(asks, [answer(.first, .impossible, nil)]), outcome: "impossible: "),
        LockStory(
            name: "no such name", script: acts(asks, [answer(.first, .invalidResourceName, nil)]), outcome: "invalid name: "),
        LockStory(name: "no such resource", script: acts(asks, [answer(.first, .cannotWait, nil)]), outcome: "cannot wait"),
        LockStory(
            name: "its time is over in the queue", timeout: 150, script: acts(asks, [queued, .hears("expired")]),
            outcome: "expired",
            heard: "lock describe expired"),
        LockStory(
            name: "its time is over, and no daemon has answered", timeout: 150, script: acts(asks, [.hears("unlock")]),
            outcome: "unanswered", heard: "lock unlock"),
        LockStory(
            name: "a person takes its place away", script: acts(asks, [queued, .says(.revoked(reason: "root did"))]),
            outcome: "revoked: root did"),
    ]

    private static let losing: [LockStory] = [
        LockStory(
            name: "a waiter loses its connection and comes back",
            script: acts(
                asks, [queued, .hears("describe"), .closes], asks,
                [
                    queued, .says(.offered), .hears("confirm"), grantedLater,
                ], unlocks),
            outcome: isHeld, notices: ["awaits its daemon"], heard: "lock describe lock confirm started unlock"),
        LockStory(
            name: "a waiter comes back to a grant",
            script: acts(
                asks, [queued, .hears("describe"), .says(.offered), .hears("confirm"), .closes], asks, [granted], unlocks),
            outcome: isHeld, notices: ["awaits its daemon"]),
        LockStory(
            name: "the daemon is replaced",
            script: acts(asks, [queued, .says(.closing(.restart)), .closes], asks, [granted], unlocks),
            outcome: isHeld),
        LockStory(
            name: "a daemon that says nothing is asked anew",
            script: acts(asks, [.closes], asks, [granted], unlocks), outcome: isHeld),
        LockStory(
            name: "a person ends the daemon", script: acts(asks, [queued, .says(.closing(.shutdown)), .closes]),
            outcome: "shut down"),
        LockStory(
            name: "the daemon stays away", grace: 120,
            script: acts(asks, [queued, .hears("describe"), .stopsListening, .closes]),
            outcome: "stays away for 120 ms", notices: ["awaits its daemon"]),
        LockStory(
            name: "the daemon stays away for longer than its time", timeout: 150,
            script: acts(asks, [queued, .hears("describe"), .stopsListening, .closes]), outcome: "expired",
            notices: ["awaits its daemon"]),
        LockStory(
            name: "another journal at the old place",
            script: acts(
                asks, [queued, .hears("describe"), .closes], asks,
                [
                    answer(.first, .queued, "b:1"), .says(.offered), .hears("confirm"), answer(.later, .granted, "b:1"),
                ], unlocks),
            outcome: "held db 5 b:1", notices: ["awaits its daemon", "another journal"]),
        LockStory(
            name: "no room for a moment",
            script: acts(asks, [.says(.closing(.crowded)), .closes], asks, [granted], unlocks), outcome: isHeld,
            notices: ["no room"]),
        LockStory(
            name: "no room, and it does not wait", timeout: 0, script: acts(asks, [.says(.closing(.full)), .closes]),
            outcome: "no room, held: false"),
        // The client's message meets a closed socket, or is never read: what was said before is heard all the same.
        LockStory(
            name: "no room, said before it has asked", timeout: 0, script: [.accepts, .says(.closing(.full)), .closes],
            outcome: "no room, held: false"),
        LockStory(
            name: "a late grant stands",
            script: acts(
                asks,
                [
                    kept, answer(.later, .granted) { $0.keptMilliseconds = 15_000 }, .hears("confirm"),
                    .says(.confirmed(refusal: nil)),
                ], unlocks),
            outcome: isHeld),
        LockStory(
            name: "a late grant is lost, and the client asks again",
            script: acts(
                asks,
                [
                    kept, answer(.later, .granted) { $0.keptMilliseconds = 15_000 }, .hears("confirm"),
                    .says(.confirmed(refusal: "it is lost")),
                ], asks, [granted], unlocks),
            outcome: isHeld, notices: ["awaits its daemon"]),
    ]

    private static let holding: [LockStory] = [
        LockStory(
            name: "a holder loses its connection and comes back",
            script: acts(asks, [granted, .hears("started"), .closes], asks, [granted, .hears("started"), .pauses], unlocks),
            tends: .connection(2), outcome: isHeld, heard: "lock describe started lock describe started unlock"),
        LockStory(
            name: "… after a daemon that did not answer",
            script: acts(
                asks, [granted, .hears("started"), .closes], asks, [.closes], asks,
                [
                    granted, .hears("started"), .pauses,
                ], unlocks),
            tends: .connection(3), outcome: isHeld),
        LockStory(
            name: "its lock has ended meanwhile",
            script: acts(asks, [granted, .hears("started"), .closes], asks, [lost("reclaimed")]), tends: .notice,
            outcome: isHeld, notices: ["lost: request 7 is reclaimed"]),
        LockStory(
            name: "a person takes the lock away",
            script: acts(asks, [granted, .hears("started"), .says(.revoked(reason: "root did"))]),
            tends: .notice, outcome: isHeld, notices: ["lost: root did"], heard: "lock describe started"),
        LockStory(
            name: "a lock over a network is taken for lost in time",
            script: acts(
                asks,
                [
                    answer(.first, .granted) { $0.keptMilliseconds = 1200 }, .hears("started"), .stopsListening, .closes,
                ]),
            tends: .notice, outcome: isHeld, notices: ["lost: out of reach"]),
    ]

    private static let unlocking: [LockStory] = [
        LockStory(
            name: "the unlock is said again on the next connection",
            script: acts(asks, [granted, .hears("unlock"), .closes], asks, [granted], unlocks), outcome: isHeld,
            heard: "lock describe started unlock lock unlock"),
        LockStory(
            name: "the daemon had heard the unlock",
            script: acts(asks, [granted, .hears("unlock"), .closes], asks, [lost("released")]),
            outcome: isHeld),
        LockStory(
            name: "the lock was lost before the unlock",
            script: acts(asks, [granted, .hears("unlock"), .closes], asks, [lost("broken")]), outcome: isHeld,
            notices: ["lost before unlock: request 7 is broken"]),
        LockStory(
            name: "nobody is left to hear the unlock",
            script: acts(asks, [granted, .hears("unlock"), .says(.closing(.shutdown)), .stopsListening, .closes]),
            outcome: isHeld,
            notices: ["unlock untold"]),
    ]

    private static let others: [LockStory] = [
        LockStory(
            name: "1.7.2 grants", script: acts(asks, [old(.first, .granted), .hears("unlock"), .closes]), outcome: "held db 0 -",
            heard: "lock unlock"),
        LockStory(
            name: "1.7.2 grants later",
            script: acts(asks, [old(.first, .queued), old(.later, .granted), .hears("unlock"), .closes]), outcome: "held db 0 -"),
        LockStory(
            name: "1.7.2 is asked for the first resource alone", parts: two,
            script: acts(asks, [old(.first, .granted), .hears("unlock"), .closes]), outcome: "held R2 0 -"),
        LockStory(
            name: "1.7.2 creates what was waited for",
            script: acts(
                asks,
                [
                    old(.first, .awaitingCreation), old(.later, .queued), old(.later, .granted), .hears("unlock"), .closes,
                ]),
            outcome: "held db 0 -"),
        LockStory(
            name: "1.7.2 says twice that it waits",
            script: acts(asks, [old(.first, .queued), old(.later, .queued), old(.later, .granted), .hears("unlock"), .closes]),
            outcome: "held db 0 -"),
        LockStory(
            name: "its time is over in the queue of 1.7.2, which is told nothing", timeout: 150,
            script: acts(asks, [old(.first, .queued), .hearsTheEnd]), outcome: "expired", heard: "lock"),
        LockStory(
            name: "1.7.2 has not answered, and would not survive an unlock", timeout: 150, mayCreate: false,
            script: acts(asks, [.hearsTheEnd]), outcome: "unanswered", heard: "lock"),
        LockStory(name: "nobody comes back to 1.7.2", script: acts(asks, [old(.first, .queued), .closes]), outcome: "lost"),
        LockStory(
            name: "a holder of 1.7.2 has no way back",
            script: acts(asks, [old(.first, .granted), .closes]), tends: .notice, outcome: "held db 0 -",
            notices: ["cannot reclaim", "unlock untold"]),
        LockStory(
            name: "a daemon of ours that makes no offers",
            script: acts(asks, [queued, grantedLater], unlocks), outcome: isHeld, heard: "lock describe started unlock"),
        LockStory(
            name: "what answers is a web server", script: acts(asks, [.saysBytes("HTTP/1.1 400 Bad Request\r\n\r\n")]),
            outcome: "conversation: not FLoM"),
        LockStory(
            name: "no message at all", script: acts(asks, [.saysBytes("garbage")]), outcome: "conversation: not FLoM"),
        LockStory(
            name: "no message, with an end", script: acts(asks, [.saysBytes("garbage</msg>")]), outcome: "conversation: not FLoM"),
        LockStory(
            name: "an answer that cannot be read",
            script: acts(asks, [.saysBytes("<msg level=\"3\" verb=\"1\" step=\"16\"></msg>")]),
            outcome: "conversation: not FLoM"),
        LockStory(
            name: "an answer of another level",
            script: acts(asks, [.saysBytes("<msg level=\"4\" verb=\"1\" step=\"16\"><answer rc=\"0\"/></msg>")]),
            outcome: "conversation: not FLoM"),
        LockStory(name: "an answer to something else", script: acts(asks, [.says(.unlocked)]), outcome: "misplaced answer"),
        LockStory(name: "a later answer comes first", script: acts(asks, [grantedLater]), outcome: "misplaced answer"),
        LockStory(name: "a first answer comes twice", script: acts(asks, [queued, granted]), outcome: "misplaced answer"),
        LockStory(name: "an offer comes before an answer", script: acts(asks, [.says(.offered)]), outcome: "misplaced answer"),
    ]

    // MARK: - Words

    static func words(_ error: LockError) -> String {
        switch error {
        case .busy(let reason): "busy: \(reason ?? "")"
        case .cannotWait: "cannot wait"
        case .impossible(let reason): "impossible: \(reason ?? "")"
        case .invalidName(let reason): "invalid name: \(reason ?? "")"
        case .refused(let reason, let number): "refused: \(reason ?? "") \(number ?? 0)"
        case .expired: "expired"
        case .unanswered: "unanswered"
        case .noRoom(let isHeld): "no room, held: \(isHeld)"
        case .revoked(let reason): "revoked: \(reason)"
        case .shutDown: "shut down"
        case .lost: "lost"
        case .staysAway(let milliseconds, _): "stays away for \(milliseconds) ms"
        case .turnedAway: "turned away"
        case .misplacedAnswer: "misplaced answer"
        case .tooLong: "too long"
        case .conversation(let error): "conversation: \(error.kind == .notFLoM ? "not FLoM" : error.sentence)"
        case .connecting(.nobodyListens): "nobody listens"
        case .connecting(.notStarted(let error)): "not started: \(error.sentence)"
        case .connecting(.unreachable): "unreachable"
        case .connecting(.inOtherHands): "in other hands"
        }
    }

    static func words(_ notice: LockNotice) -> String {
        switch notice {
        case .noRoom: "no room"
        case .anotherJournal: "another journal"
        case .awaitsDaemon: "awaits its daemon"
        case .cannotReclaim: "cannot reclaim"
        case .lost(.outOfReach): "lost: out of reach"
        case .lost(.told(let reason)): "lost: \(reason)"
        case .heldAfterAll: "held after all"
        case .lostBeforeUnlock(let reason): "lost before unlock: \(reason)"
        case .unlockUntold: "unlock untold"
        case .unlockUnconfirmed: "unlock unconfirmed"
        }
    }
}
