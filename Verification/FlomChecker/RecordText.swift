// A history as text, one record a line: the time in nanoseconds, a word, its numbers, then what else there is as key=value.
//
//     0 daemon-started 1
//     0 client-began 7 local resumes
//     5 asked 1 db client=7 mode=EX
//     5 granted 1 token=1
//     5 committed
//     9 command-started 7 request=1 token=1
//
// A name is written in its bytes, except blanks, '=', '%' and bytes that are no printable ASCII, which are written as %XX.

extension Record {
    package var line: String {
        var text = "\(at) "
        switch fact {
        case .daemonStarted(let incarnation, let afterReboot, let isShut):
            text += "daemon-started \(incarnation)\(afterReboot ? " rebooted" : "")\(isShut ? " shut" : "")"
        case .opened: text += "opened"
        case .powerLost(let commits): text += "power-lost \(commits)"
        case .late(let decidedAt): text += "late \(decidedAt)"
        case .gap: text += "gap"
        case .told(let request, .waits): text += "told \(request) waits"
        case .told(let request, .granted(let token)): text += "told \(request) granted token=\(token)"
        case .told(let request, .ended): text += "told \(request) ended"
        case .breakOrdered(let request): text += "break-ordered \(request)"
        case .shutDownOrdered: text += "shut-down-ordered"
        case .daemonEnded(let livesEnd): text += "daemon-ended\(livesEnd ? " lives-end" : "")"
        case .committed: text += "committed"
        case .asked(let asked): text += "asked \(asked.words)"
        case .queued(let request): text += "queued \(request)"
        case .awaitingCreation(let request): text += "awaiting-creation \(request)"
        case .granted(let request, let token, let element): text += "granted \(request) token=\(token)\(Self.word(element))"
        case .passedOver(let request): text += "passed-over \(request)"
        case .offered(let request, let moment, let element):
            text += "offered \(request) at=\(moment)\(Self.word(element))"
        case .gaveUp(let client): text += "gave-up \(client)"
        case .started(let request): text += "started \(request)"
        case .orphaned(let request): text += "orphaned \(request)"
        case .resumed(let request): text += "resumed \(request)"
        case .ended(let request, let ending): text += "ended \(request) \(ending.words)"
        case .clientBegan(let client, let isLocal, let canResume, let killsOnLoss):
            text += "client-began \(client) \(isLocal ? "local" : "remote") \(canResume ? "resumes" : "old")"
            if killsOnLoss { text += " kills-on-loss" }
        case .clientGone(let client): text += "client-gone \(client)"
        case .connectionLost(let client): text += "connection-lost \(client)"
        case .letGo(let client): text += "let-go \(client)"
        case .commandStarted(let client, let request, let token, let element):
            text += "command-started \(client) request=\(request) token=\(token)\(Self.word(element))"
        case .commandEnded(let client, let request): text += "command-ended \(client) request=\(request)"
        case .allDone: text += "all-done"
        }
        return text
    }

    private static func word(_ element: [UInt8]?) -> String { element.map { " element=\(Escaping.escape($0))" } ?? "" }

    /// - Throws: `BrokenPromise` of `history`, if the text is malformed.
    package init(line: String) throws(BrokenPromise) {
        var words = LineWords(line)
        at = try words.number()
        switch try words.word() {
        case "daemon-started":
            fact = .daemonStarted(
                incarnation: Int(try words.number()), afterReboot: words.has("rebooted"), isShut: words.has("shut"))
        case "opened": fact = .opened
        case "power-lost": fact = .powerLost(commits: Int(try words.number()))
        case "late": fact = .late(try words.number())
        case "gap": fact = .gap
        case "told": fact = .told(try words.number(), try Told(&words))
        case "shut-down-ordered": fact = .shutDownOrdered
        case "daemon-ended": fact = .daemonEnded(livesEnd: words.has("lives-end"))
        case "committed": fact = .committed
        case "asked": fact = .asked(try Asked(&words))
        case "queued": fact = .queued(try words.number())
        case "awaiting-creation": fact = .awaitingCreation(try words.number())
        case "granted": fact = .granted(try words.number(), token: try words.number("token"), element: words.bytes("element"))
        case "passed-over": fact = .passedOver(try words.number())
        case "offered": fact = .offered(try words.number(), at: try words.number("at"), element: words.bytes("element"))
        case "gave-up": fact = .gaveUp(try words.number())
        case "started": fact = .started(try words.number())
        case "resumed": fact = .resumed(try words.number())
        case "break-ordered": fact = .breakOrdered(try words.number())
        case "orphaned": fact = .orphaned(try words.number())
        case "ended": fact = .ended(try words.number(), try Ending(&words))
        case "client-began":
            let client = try words.number()
            fact = .clientBegan(
                client, isLocal: try words.word() == "local", canResume: try words.word() == "resumes",
                killsOnLoss: words.has("kills-on-loss"))
        case "client-gone": fact = .clientGone(try words.number())
        case "connection-lost": fact = .connectionLost(try words.number())
        case "let-go": fact = .letGo(try words.number())
        case "command-started":
            fact = .commandStarted(
                try words.number(), request: try words.number("request"), token: try words.number("token"),
                element: words.bytes("element"))
        case "command-ended": fact = .commandEnded(try words.number(), request: try words.number("request"))
        case "all-done": fact = .allDone
        default: throw words.mistake("no record begins so")
        }
        try words.end()
    }
}

extension Told {
    fileprivate init(_ words: inout LineWords) throws(BrokenPromise) {
        switch try words.word() {
        case "waits": self = .waits
        case "granted": self = .granted(token: try words.number("token"))
        case "ended": self = .ended
        default: throw words.mistake("nobody is told so")
        }
    }
}

extension Asked {
    fileprivate var words: String {
        var text = "\(request) \(Escaping.escape(resource)) client=\(client)"
        if mode != .exclusive { text += " mode=\(mode.word)" }
        if quantity != 1 { text += " quantity=\(quantity)" }
        if !mayWait { text += " no-wait" }
        if !mayCreate { text += " no-create" }
        if idleMilliseconds != 0 { text += " idle=\(idleMilliseconds)" }
        if let group { text += " group=\(group)" }
        if let parent { text += " parent=\(parent)" }
        if mayBeRefusedAsDeadlock { text += " refuses-deadlock" }
        if isLeaseless { text += " leaseless" }
        return text
    }

    fileprivate init(_ words: inout LineWords) throws(BrokenPromise) {
        let number = try words.number()
        let resource = Escaping.unescape(try words.word())
        self.init(request: number, resource: resource, client: try words.number("client"))
        if let word = words.value("mode") {
            guard let mode = Mode(word: word) else { throw words.mistake("no mode is called \(word)") }
            self.mode = mode
        }
        if let quantity = try words.optionalNumber("quantity") { self.quantity = Int(quantity) }
        mayWait = !words.has("no-wait")
        mayCreate = !words.has("no-create")
        idleMilliseconds = try words.optionalNumber("idle") ?? 0
        group = try words.optionalNumber("group")
        parent = try words.optionalNumber("parent")
        mayBeRefusedAsDeadlock = words.has("refuses-deadlock")
        isLeaseless = words.has("leaseless")
    }
}

extension Ending {
    fileprivate var words: String {
        switch self {
        case .released(let rollsBack): rollsBack ? "released rolls-back" : "released"
        case .disconnected: "disconnected"
        case .unlocked: "unlocked"
        case .timedOut: "timed-out"
        case .hungUp: "hung-up"
        case .gone(let evidence): "gone \(evidence.rawValue)"
        case .cannotResume: "cannot-resume"
        case .shutDown: "shut-down"
        case .refused(let refusal): "refused \(refusal.rawValue)"
        case .reclaimed(let evidence): "reclaimed \(evidence.rawValue)"
        case .broken: "broken"
        }
    }

    fileprivate init(_ words: inout LineWords) throws(BrokenPromise) {
        switch try words.word() {
        case "released": self = .released(rollsBack: words.has("rolls-back"))
        case "disconnected": self = .disconnected
        case "unlocked": self = .unlocked
        case "timed-out": self = .timedOut
        case "hung-up": self = .hungUp
        case "gone": self = .gone(try Self.evidence(&words))
        case "cannot-resume": self = .cannotResume
        case "shut-down": self = .shutDown
        case "refused":
            guard let refusal = Refusal(rawValue: String(try words.word())) else {
                throw words.mistake("no refusal is called so")
            }
            self = .refused(refusal)
        case "broken": self = .broken
        case "reclaimed": self = .reclaimed(try Self.evidence(&words))
        default: throw words.mistake("no request ends so")
        }
    }

    private static func evidence(_ words: inout LineWords) throws(BrokenPromise) -> Evidence {
        guard let evidence = Evidence(rawValue: String(try words.word())) else { throw words.mistake("no evidence is called so") }
        return evidence
    }
}
