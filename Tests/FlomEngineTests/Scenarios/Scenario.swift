import FlomEngine
import FlomModel
import Testing

/// Plays a script against the engine. One step a line, and behind `->` the answers it must produce, all of them and in order;
/// a step without `->` must produce none.
///
///     policy fifo                        before the first step; otherwise bounded
///     A asks R EX                        the mode may be left out; further words: quantity 2, no-wait, no-create, legacy (cannot resume), life 3000
///     A asks R EX & S PR                 both at once; A.2 is the part of S
///     A asks R under B refusable         nested in B's newest request; may be refused as a deadlock
///     A asks R confirming local          confirms what it is offered; on the daemon's host
///     A confirms / A promises            takes what it is offered; says of its request that it will confirm
///     A unlocks R                        further words: rollback, status 3, signal 9
///     A hangs up / A expires / A starts / A describes
///     A loses its connection / A resumes
///     A broken                           by a person: A's newest request
///     A client gone / A command found / A gone / A cannot resume      about A's newest request
///     at 10_000 / after 500              milliseconds
///     clock -3_000                       somebody sets the wall clock, by so many milliseconds
///     deadline                           the engine's next deadline has come
///     restart / restart fifo             a new engine from what the journal holds open; nobody is connected
///     recovered
///     shut down
///
/// What the step before has done, and how things stand (in the order of tickets):
///
///     journal A released, B granted
///     inquire A
///     holding A, B / waiting C / awaiting D / holding nobody
///
/// A is A's connection: after a hang-up or a restart, its next question comes over a new one. Its second request is called A#2.
struct Scenario {
    private let location: SourceLocation
    private var line = 0

    private var engine = Self.makeEngine(.bounded)
    private var journal = RecordedJournal()
    private var effects = Effects()
    private var now = Instant(nanoseconds: 0)
    /// What the wall clock is ahead of the other one, in milliseconds.
    private var wallOffset: Int64 = 0
    private var wall: Int64 { now.nanoseconds / 1000 + wallOffset * 1000 }

    private var sessions: [String: SessionID] = [:]
    private var lastSession: UInt64 = 0
    private var names: [SessionID: String] = [:]
    private var newest: [String: RequestID] = [:]
    private var labels: [RequestID: String] = [:]
    private var questions: [String: Int] = [:]

    static func play(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) {
        var scenario = Scenario(location: sourceLocation)
        for (number, line) in script.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            scenario.line = number
            scenario.play(line: String(line))
        }
    }

    private init(location: SourceLocation) { self.location = location }

    private static func makeEngine(_ policy: QueuePolicy) -> Engine {
        Engine(policy: policy, nextRequest: 1, epoch: 1, lastTokenCounter: 0, renderer: Script.renderer)
    }

    // MARK: - Lines

    private mutating func play(line: String) {
        let text = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let halves = text.split(separator: "->", maxSplits: 1, omittingEmptySubsequences: false).map(Script.words)
        guard let step = halves.first, !step.isEmpty else { return }
        let expected = halves.count > 1 ? Script.list(halves[1]) : []

        switch step[0] {
        case "journal": expect(effects.events.map(describe), Script.list(Array(step.dropFirst())), "the journal")
        case "inquire": expect(effects.inquiries.map(label), Script.list(Array(step.dropFirst())), "inquiries")
        case "holding": expect(journal.holders.map { label($0.id) }, Script.list(Array(step.dropFirst())), "holders")
        case "waiting": expect(journal.waiters.map { label($0.id) }, Script.list(Array(step.dropFirst())), "waiters")
        case "awaiting":
            expect(journal.awaitingCreation.map { label($0.id) }, Script.list(Array(step.dropFirst())), "waiters for creation")
        case "policy": engine = Self.makeEngine(Script.policy(step.last!))
        case "at": now = Instant(nanoseconds: 0).advanced(byMilliseconds: Script.number(step[1]))
        case "after": now = now.advanced(byMilliseconds: Script.number(step[1]))
        case "clock": wallOffset += Script.number(step[1])
        case "restart": restart(step.count > 1 ? Script.policy(step[1]) : .bounded)
        default:
            guard let input = input(step) else { return fail("this step means nothing: \(step.joined(separator: " "))") }
            apply(input)
            expect(effects.answers.map(describe), expected, "answers")
        }
    }

    private mutating func input(_ step: [String]) -> Input? {
        if step == ["recovered"] { return .recovered }
        if step == ["deadline"] { return .deadlinePassed }
        if step == ["shut", "down"] { return .shutDown }
        let name = step[0]
        let rest = Array(step.dropFirst(2))
        switch step.dropFirst().first {
        case "asks": return .lock(connection(of: name), Script.request(rest) { newest[$0] })
        case "unlocks": return .unlock(connection(of: name), Script.resource(rest[0]), Script.completion(Array(rest.dropFirst())))
        case "expires": return .expired(connection(of: name))
        case "starts": return .started(connection(of: name), Script.command)
        case "describes": return .described(connection(of: name), command: [Array("make".utf8)])
        case "loses":
            let session = connection(of: name)
            sessions[name] = nil
            return .disconnected(session)
        case "confirms": return .confirmed(connection(of: name))
        case "promises": return newest[name].map { .promisesToConfirm($0) }
        case "resumes": return newest[name].map { .resumed(connection(of: name), $0) }
        case "broken": return newest[name].map { .broken($0, by: "root", reason: "") }
        case "hangs":
            let session = connection(of: name)
            sessions[name] = nil
            return rest.last == "untold" ? .hungUpUntold(session) : .hungUp(session)
        case "client": return newest[name].map { .clientGone($0) }
        case "command": return newest[name].map { .commandFound($0, Script.command) }
        case "gone": return newest[name].map { .gone($0, Script.proof) }
        case "cannot": return newest[name].map { .cannotResume($0) }
        default: return nil
        }
    }

    // MARK: - Steps

    private mutating func apply(_ input: Input) {
        effects.removeAll()
        engine.step(input, at: Moment(boottime: now, wallMicroseconds: wall), into: &effects)
        for event in effects.events {
            guard case .requested = event.kind, case .lock(let session, _) = input, let name = names[session] else { continue }
            if case .requested(let request) = event.kind, let first = request.group, first != event.request {
                labels[event.request] = "\(labels[first]!).\(event.request.number - first.number + 1)"
                continue
            }
            questions[name, default: 0] += 1
            newest[name] = event.request
            labels[event.request] = questions[name] == 1 ? name : "\(name)#\(questions[name]!)"
        }
        do {
            journal.append(effects.lives)
            try journal.append(effects.events, at: now)
        } catch { fail("the history contradicts itself: \(error)") }
        if engine.openRequestCount != journal.openRequestCount { fail("the engine has \(engine.openRequestCount) open requests") }
        do { try engine.checkInvariants() } catch { fail("\(error)") }
    }

    private mutating func restart(_ policy: QueuePolicy) {
        engine = Engine(
            policy: policy, nextRequest: journal.newestRequest + 1, epoch: 1, lastTokenCounter: journal.newestToken.counter,
            open: journal.open, living: journal.recovered, lastStamps: journal.lastStamps, renderer: Script.renderer)
        sessions = [:]
        effects.removeAll()
    }

    private mutating func connection(of name: String) -> SessionID {
        if let session = sessions[name] { return session }
        lastSession += 1
        let session = SessionID(lastSession)
        sessions[name] = session
        names[session] = name
        return session
    }

    // MARK: - Words for what came out

    private func label(_ id: RequestID) -> String { labels[id] ?? "request \(id.number)" }
    private func describe(_ event: Event) -> String { "\(label(event.request)) \(Script.words(for: event.kind))" }
    private func describe(_ answer: Answer) -> String {
        "\(names[answer.session] ?? "?") \(Script.words(for: answer.body))"
    }

    private func expect(_ found: [String], _ expected: [String], _ what: String) {
        guard found != expected else { return }
        let nothing = ["nothing"]
        fail(
            "\(what): \((found.isEmpty ? nothing : found).joined(separator: ", ")), expected: "
                + (expected.isEmpty ? nothing : expected).joined(separator: ", "))
    }

    private func fail(_ sentence: String) {
        // The script begins two lines below the call.
        let here = SourceLocation(
            fileID: location.fileID, filePath: location.filePath, line: location.line + 2 + line, column: 1)
        Issue.record(Comment(rawValue: sentence), sourceLocation: here)
    }
}
