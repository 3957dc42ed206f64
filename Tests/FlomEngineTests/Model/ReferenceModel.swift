import FlomModel

/// The rules of a lock manager, once more: from their text, slow, and without any trick. Nothing here is
/// indexed or remembered that could be found out by looking at all requests again.
///
/// What may be granted is in `ReferenceRules`, what a nested request can never get in `ReferenceDeadlock`.
struct ReferenceModel {
    struct Ask {
        enum Place: Equatable {
            case awaitingCreation
            case queued(since: Int64)
            case holding
        }

        let number: Int64
        let request: LockRequest
        var session: SessionID?
        var place: Place
        /// The element of each part, in the order given.
        var elements: [String?] = []

        var parts: [LockPart] { request.parts }
        var canResume: Bool { request.client.canResume }
        func asks(for resource: String) -> Bool { parts.contains { KindRules.identity($0.resource) == resource } }
    }

    struct Existing {
        /// Its identity.
        let resource: String
        let life: Int64
        /// The free elements of a set, the one that has rested longest first.
        var rested: [String]
        /// The state of a sequence.
        var next = 1
        var rolledBack: [String] = []
        /// Since when it has neither holder nor waiter.
        var idleSince: Int64?
    }

    /// After a restart, until all that is gone has been found: nobody is granted a lock, and nothing idles yet.
    private(set) var isBeingProven = false

    /// What a session is told, without the tokens.
    struct Word: Equatable {
        enum Kind: Equatable {
            case granted([String?])
            case awaitingCreation, released, notHeld
            case queued(Int)
            case refused(Refusal)
            /// By which circle is for the judge.
            case deadlock
        }
        let session: SessionID?
        let number: Int64?
        let kind: Kind
    }

    var maxOvertake: Int64
    /// By number.
    var asks: [Ask] = []
    var existing: [Existing] = []
    var nextNumber: Int64 = 1

    /// What the last step has said. Words to a session that is away are lost.
    private(set) var words: [Word] = []
    private(set) var inquiries: [Int64] = []

    init(maxOvertake: Int64) { self.maxOvertake = maxOvertake }

    func exists(_ resource: String, at now: Int64) -> Bool {
        existing.contains { found in
            guard found.resource == resource else { return false }
            guard let since = found.idleSince else { return true }
            return now < since + found.life
        }
    }

    /// The end of each idle resource that still exists.
    func ends(at now: Int64) -> [Int64] {
        existing.compactMap { found in found.idleSince.map { $0 + found.life } }.filter { $0 > now }
    }

    // MARK: - What happens

    mutating func lock(_ session: SessionID, _ request: LockRequest, at now: Int64) {
        begin()
        let ask = Ask(number: nextNumber, request: request, session: session, place: .queued(since: now))
        nextNumber += Int64(ask.parts.count)
        if let earlier = asks.first(where: { $0.session == session }) {
            if earlier.place == .holding { return say(session, ask.number, .refused(.alreadyAsking)) }
            leave(earlier.number, at: now)
        }
        if let refusal = Self.impossible(ask.parts) { return say(session, ask.number, .refused(refusal)) }

        let missing = ask.parts.filter { !exists(KindRules.identity($0.resource), at: now) }
        if !missing.isEmpty && !request.mayCreate {
            guard request.mayWait else { return say(session, ask.number, .refused(.unknownResource)) }
            asks.append(ask)
            asks[asks.count - 1].place = .awaitingCreation
            return say(session, ask.number, .awaitingCreation)
        }
        for part in missing where !exists(KindRules.identity(part.resource), at: now) { create(part.resource, for: request) }
        decide(ask, at: now)
        if !missing.isEmpty { admitAwaiters(at: now) }
        noteIdle(at: now)
    }

    private static func impossible(_ parts: [LockPart]) -> Refusal? {
        for (index, part) in parts.enumerated() {
            if KindRules.isImpossible(part) {
                return .impossible(quantity: part.quantity, capacity: Script.capacity(part.resource))
            }
            if let earlier = parts[..<index].first(where: { KindRules.overlap($0, part) }) { return .overlapping(earlier, part) }
        }
        return nil
    }

    private mutating func create(_ name: ResourceName, for request: LockRequest) {
        let idle = request.idleLifespanMilliseconds
        existing.removeAll { $0.resource == KindRules.identity(name) }
        existing.append(
            Existing(
                resource: KindRules.identity(name), life: (idle > 0 ? Int64(idle) : 1000) + 1000,
                rested: KindRules.elements(name)))
    }

    mutating func unlock(_ session: SessionID, _ name: ResourceName, fails: Bool, at now: Int64) {
        begin()
        guard let mine = asks.first(where: { $0.session == session }),
            KindRules.identity(mine.request.resource) == KindRules.identity(name)
        else {
            return say(session, asks.first { $0.session == session }?.number, .notHeld)
        }
        say(session, mine.number, .released)
        leave(mine.number, fails: fails, at: now)
    }

    mutating func expire(_ session: SessionID, at now: Int64) {
        begin()
        if let mine = asks.first(where: { $0.session == session }) { leave(mine.number, fails: true, at: now) }
    }

    mutating func hangUp(_ session: SessionID, at now: Int64) {
        begin()
        guard let index = asks.firstIndex(where: { $0.session == session }) else { return }
        if asks[index].place == .holding && asks[index].canResume {
            asks[index].session = nil
            inquiries.append(asks[index].number)
        } else {
            leave(asks[index].number, fails: true, at: now)
        }
    }

    mutating func gone(_ number: Int64, at now: Int64) {
        begin()
        if let ask = asks.first(where: { $0.number == number }), ask.session == nil { leave(number, at: now) }
    }

    mutating func cannotResume(_ number: Int64, at now: Int64) {
        begin()
        if let ask = asks.first(where: { $0.number == number }), ask.session == nil, ask.place != .holding {
            leave(number, at: now)
        }
    }

    /// Everybody who does not hold leaves at once, and nobody takes a place that becomes free by that.
    mutating func shutDown(at now: Int64) {
        begin()
        for ask in asks.reversed() where ask.place != .holding { say(ask.session, ask.number, .refused(.shutDown)) }
        asks.removeAll { $0.place != .holding }
        noteIdle(at: now)
    }

    /// News that change nothing in who holds or waits.
    mutating func nothing() { begin() }

    /// Somebody may have waited for this moment.
    mutating func timePasses(at now: Int64) {
        begin()
        wake(at: now)
        noteIdle(at: now)
    }

    /// Resources live on, with the life that their creators gave them.
    mutating func restart(maxOvertake: Int64) {
        begin()
        isBeingProven = true
        self.maxOvertake = maxOvertake
        for index in asks.indices { asks[index].session = nil }
    }

    mutating func recovered(at now: Int64) {
        begin()
        isBeingProven = false
        wake(at: now)
        noteIdle(at: now)
    }

    // MARK: - How

    private mutating func begin() {
        words = []
        inquiries = []
    }

    private mutating func say(_ session: SessionID?, _ number: Int64?, _ kind: Word.Kind) {
        if session != nil { words.append(Word(session: session, number: number, kind: kind)) }
    }

    private mutating func decide(_ ask: Ask, at now: Int64) {
        if mayHave(ask, at: now) {
            asks.append(ask)
            hand(asks.count - 1)
            wake(at: now)
        } else if !ask.request.mayWait {
            say(ask.session, ask.number, .refused(.busy))
        } else if isDeadlock(ask) {
            say(ask.session, ask.number, .deadlock)
        } else {
            asks.append(ask)
            say(ask.session, ask.number, .queued(longestQueue(of: ask)))
        }
    }

    /// Requests that awaited what exists now are newcomers, in the order in which they came, and their age counts from here.
    private mutating func admitAwaiters(at now: Int64) {
        for number in asks.filter({ $0.place == .awaitingCreation }).map(\.number) {
            guard let index = asks.firstIndex(where: { $0.number == number }) else { continue }
            guard asks[index].parts.allSatisfy({ exists(KindRules.identity($0.resource), at: now) }) else { continue }
            asks[index].place = .queued(since: now)
            let ask = asks[index]
            if mayHave(ask, at: now) {
                hand(index)
                wake(at: now)
            } else if isDeadlock(ask) {
                asks.remove(at: index)
                say(ask.session, ask.number, .deadlock)
            } else {
                say(ask.session, ask.number, .queued(longestQueue(of: ask)))
            }
        }
    }

    private func longestQueue(of ask: Ask) -> Int {
        ask.parts.map { part in queued.filter { $0.asks(for: KindRules.identity(part.resource)) }.count }.max()!
    }

    /// It holds from now on, and gets what grants of these kinds carry.
    private mutating func hand(_ index: Int) {
        asks[index].place = .holding
        asks[index].elements = asks[index].parts.map { part in
            let place = existing.firstIndex { $0.resource == KindRules.identity(part.resource) }!
            switch KindRules.kind(part.resource) {
            case .set: return existing[place].rested.removeFirst()
            case .sequence where existing[place].rolledBack.isEmpty:
                existing[place].next += 1
                return "\(existing[place].next - 1)"
            case .sequence: return existing[place].rolledBack.removeFirst()
            case .simple, .numeric, .path: return nil
            }
        }
        say(asks[index].session, asks[index].number, .granted(asks[index].elements))
    }

    /// - Parameter fails: whether a transactional sequence takes its number back; nobody knows of one who is found gone.
    private mutating func leave(_ number: Int64, fails: Bool = false, at now: Int64) {
        guard let index = asks.firstIndex(where: { $0.number == number }) else { return }
        let ask = asks.remove(at: index)
        for (part, element) in zip(ask.parts, ask.elements) {
            guard let element, let place = existing.firstIndex(where: { $0.resource == KindRules.identity(part.resource) })
            else { continue }
            if KindRules.kind(part.resource) == .set { existing[place].rested.append(element) }
            if fails && part.resource.description.hasPrefix("_S_") { existing[place].rolledBack.append(element) }
        }
        wake(at: now)
        noteIdle(at: now)
    }

    /// Scans all waiters by ticket, again and again, until nothing changes.
    private mutating func wake(at now: Int64) {
        guard !isBeingProven else { return }
        while let index = asks.firstIndex(where: { $0.isQueued && mayHave($0, at: now) }) { hand(index) }
    }

    private mutating func noteIdle(at now: Int64) {
        guard !isBeingProven else { return }
        for index in existing.indices {
            let isUsed = asks.contains { $0.asks(for: existing[index].resource) && $0.place != .awaitingCreation }
            if isUsed {
                existing[index].idleSince = nil
            } else if existing[index].idleSince == nil {
                existing[index].idleSince = now
            }
        }
    }
}
