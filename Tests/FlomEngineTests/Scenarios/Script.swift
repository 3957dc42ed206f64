import FlomEngine
import FlomModel

/// The words of a `Scenario` and what they stand for.
enum Script {
    static let command = ProcessIdentity(pid: 4712, startTime: 9)
    static let proof = Proof.processesEnded([ProcessIdentity(pid: 4711, startTime: 8)])

    static func words(_ text: some StringProtocol) -> [String] { text.split { $0 == " " }.map { String($0) } }

    /// "A granted, B queued 1"; "nobody" and "nothing" are the empty list.
    static func list(_ words: [String]) -> [String] {
        if words == ["nobody"] || words == ["nothing"] { return [] }
        return words.joined(separator: " ").split(separator: ",").map { item in
            Self.words(item).joined(separator: " ")
        }
    }

    static func number(_ text: String) -> Int64 {
        guard let number = Int64(text.filter { $0 != "_" }) else { fatalError("'\(text)' is no number") }
        return number
    }

    static func resource(_ text: String) -> ResourceName {
        guard let name = try? ResourceName(Array(text.utf8)) else { fatalError("'\(text)' is no resource") }
        return name
    }

    static func capacity(_ name: ResourceName) -> Int32 {
        if case .numeric(let capacity) = name.kind { capacity } else { 0 }
    }

    static func policy(_ text: String) -> QueuePolicy {
        switch text {
        case "fifo": .fifo
        case "overtake": .overtake
        case "bounded": .bounded
        default: QueuePolicy(maxOvertakeMilliseconds: number(text))
        }
    }

    /// R EX no-wait no-create legacy life 3000 under A refusable & S[3] quantity 2
    ///
    /// Words that are about the whole request stand behind its first part.
    ///
    /// - Parameter newest: the newest request of a name.
    static func request(_ words: [String], newest: (String) -> RequestID?) -> LockRequest {
        let parts = words.split(separator: "&").map { one(Array($0), newest) }
        var request = parts[0]
        for part in parts.dropFirst() {
            var plain = LockRequest(resource: part.resource, mode: part.mode)
            plain.quantity = part.quantity
            plain.client.canResume = true
            guard part == plain else { fatalError("what is said of a whole request stands behind its first part") }
        }
        request.others = parts.dropFirst().map { LockPart($0.resource, $0.mode, quantity: $0.quantity) }
        return request
    }

    private static func one(_ words: [String], _ newest: (String) -> RequestID?) -> LockRequest {
        let mode = words.count > 1 ? LockMode(spelling: words[1]) : nil
        var request = LockRequest(resource: resource(words[0]), mode: mode ?? .exclusive)
        request.client.canResume = true
        var rest = words.dropFirst(mode == nil ? 1 : 2)
        while let word = rest.popFirst() {
            switch word {
            case "quantity": request.quantity = Int32(number(rest.popFirst() ?? ""))
            case "no-wait": request.mayWait = false
            case "no-create": request.mayCreate = false
            case "under": request.parent = newest(rest.popFirst() ?? "")
            case "confirming": request.confirmsOffers = true
            case "remote": request.client.isLocal = false
            case "local": request.client.isLocal = true
            case "refusable": request.mayBeRefusedAsDeadlock = true
            case "legacy": request.client.canResume = false
            case "itself": request.runsNoCommand = true
            case "life": request.idleLifespanMilliseconds = Int32(number(rest.popFirst() ?? ""))
            default: fatalError("'\(word)' means nothing behind a request")
            }
        }
        return request
    }

    static func completion(_ words: [String]) -> Completion {
        switch words.first {
        case nil: .unlocked(rollback: false)
        case "rollback": .unlocked(rollback: true)
        case "status": .exited(status: UInt8(number(words[1])))
        case "signal": .signalled(Int32(number(words[1])))
        case let word?: fatalError("'\(word)' means nothing behind an unlock")
        }
    }

    static func words(for answer: Answer.Body) -> String {
        switch answer {
        case .granted(let grant, let others): granted([grant.element] + others.map(\.element))
        case .queued(let position): "queued \(position)"
        case .awaitingCreation: "awaits creation"
        case .offered: "offered"
        case .refused(let refusal): words(for: refusal)
        case .released: "released"
        case .revoked: "revoked"
        case .notHeld: "not held"
        }
    }

    static func words(for event: Event.Kind) -> String {
        switch event {
        case .requested: "requested"
        case .queued(let position): "queued \(position)"
        case .awaitingCreation: "awaits creation"
        case .granted(_, let element): granted([element])
        case .passedOver: "passed over"
        case .described: "described"
        case .started: "started"
        case .released(.disconnected): "disconnected"
        case .released(.unlocked(rollback: true)): "rolled back"
        case .released(.exited(let status)): "exited \(status)"
        case .released(.signalled(let signal)): "signalled \(signal)"
        case .released: "released"
        case .withdrawn(.hungUp): "withdrawn hung up"
        case .withdrawn(.timedOut): "timed out"
        case .withdrawn(.unlocked): "withdrawn"
        case .withdrawn(.gone): "withdrawn gone"
        case .withdrawn(.cannotResume): "withdrawn cannot resume"
        case .withdrawn(.shutDown): "withdrawn shut down"
        case .refused(let refusal): "refused \(words(for: refusal))"
        case .orphaned: "orphaned"
        case .reclaimed: "reclaimed"
        case .resumed: "resumed"
        case .identified: "identified"
        case .broken: "broken"
        }
    }

    private static func words(for refusal: Refusal) -> String {
        switch refusal {
        case .busy: "busy"
        case .unknownResource: "unknown"
        case .alreadyAsking: "already asking"
        case .shutDown: "shut down"
        case .tokensUsedUp: "tokens used up"
        case .impossible: "impossible"
        case .clockBehind: "clock behind"
        case .stampsUsedUp: "stamps used up"
        case .notAllowed: "not allowed"
        case .queueFull(let limit): "queue full at \(limit)"
        case .tooManyResources(let limit): "too many resources at \(limit)"
        case .together(let culprit): "together with \(culprit.number)"
        case .overlapping(let one, let other): "\(one.resource) overlaps \(other.resource)"
        case .deadlock(let links):
            "deadlock " + links.map { "\($0.waiter.number) \($0.resource) \($0.holder.number)" }.joined(separator: " ")
        }
    }

    private static func granted(_ elements: [[UInt8]?]) -> String {
        "granted" + elements.compactMap { $0 }.map { " " + String(decoding: $0, as: UTF8.self) }.joined()
    }

    /// A little strftime: hours, minutes and seconds of the first day, UTC.
    static let renderer = StampRenderer(
        text: { format, second in
            var text = String(decoding: format, as: UTF8.self)
            for (conversion, value) in [
                ("%H", second / 3600), ("%M", second / 60 % 60), ("%S", second % 60), ("%d", second / 86_400 + 1),
            ] {
                text = text.split(separator: conversion, omittingEmptySubsequences: false)
                    .joined(separator: value < 10 ? "0\(value)" : "\(value)")
            }
            return Array(text.utf8)
        },
        secondsAheadOfUTC: { _ in 0 })
}
