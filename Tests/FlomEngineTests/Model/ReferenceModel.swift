import FlomEngine

/// The rules of a lock manager, once more: from their text, slow, and without any trick. Nothing here is
/// indexed or remembered that could be found out by looking at all requests again.
struct ReferenceModel {
    struct Ask {
        enum Place: Equatable {
            case awaitingCreation
            case queued(since: Int64)
            case holding
        }

        let number: Int64
        let request: LockRequest
        var element: String?
        var canResume: Bool { request.client.canResume }
        var resource: String { KindRules.identity(request.resource) }
        var session: SessionID?
        var place: Place
    }

    struct Existing {
        /// Its identity.
        let resource: String
        let life: Int64
        /// Of a set: elements that nobody has, the one that has rested longest first.
        var rested: [String]
        /// Of a sequence.
        var next = 1
        var rolledBack: [String] = []
        /// Since when it has neither holder nor waiter.
        var idleSince: Int64?
    }

    /// After a restart, until all that is gone has been found: nobody is granted a lock, and nothing idles yet.
    private var isBeingProven = false

    /// What a session is told, without the token.
    struct Word: Equatable {
        enum Kind: Equatable {
            case granted(String?)
            case awaitingCreation, released, notHeld
            case queued(Int)
            case refused(Refusal)
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

    // MARK: - Rules

    /// Two simple requests conflict if their modes are incompatible: the pairs of the table's upper half that say "no".
    static func conflict(_ one: LockMode, _ other: LockMode) -> Bool {
        let exclusivePairs: [(LockMode, LockMode)] = [
            (.concurrentRead, .exclusive),
            (.concurrentWrite, .protectedRead), (.concurrentWrite, .protectedWrite), (.concurrentWrite, .exclusive),
            (.protectedRead, .protectedWrite), (.protectedRead, .exclusive),
            (.protectedWrite, .protectedWrite), (.protectedWrite, .exclusive),
            (.exclusive, .exclusive),
        ]
        return exclusivePairs.contains { $0 == (one, other) || $0 == (other, one) }
    }

    /// A request is granted if and only if it fits the holders and no lower ticket that conflicts with it bars the resource.
    func mayHave(_ request: LockRequest, number: Int64, at now: Int64) -> Bool {
        let others = asks.filter { $0.resource == KindRules.identity(request.resource) }
        guard KindRules.fits(request, beside: others.filter { $0.place == .holding }.map(\.request)) else { return false }
        return !others.contains { other in
            guard case .queued(let since) = other.place else { return false }
            return other.number < number && now - since >= maxOvertake && KindRules.conflict(request, other.request)
        }
    }

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
        let number = nextNumber
        nextNumber += 1
        if let earlier = asks.first(where: { $0.session == session }) {
            if earlier.place == .holding { return say(session, number, .refused(.alreadyAsking)) }
            leave(earlier.number, at: now)
        }
        if KindRules.isImpossible(request) {
            return say(
                session, number, .refused(.impossible(quantity: request.quantity, capacity: Script.capacity(request.resource))))
        }
        let name = KindRules.identity(request.resource)
        var isNew = false
        if !exists(name, at: now) {
            if request.mayCreate {
                let idle = request.idleLifespanMilliseconds
                existing.removeAll { $0.resource == name }
                existing.append(
                    Existing(
                        resource: name, life: (idle > 0 ? Int64(idle) : 1000) + 1000,
                        rested: KindRules.elements(request.resource)))
                isNew = true
            } else if request.mayWait {
                add(number, session, request, .awaitingCreation)
                return say(session, number, .awaitingCreation)
            } else {
                return say(session, number, .refused(.unknownResource))
            }
        }
        decide(number, session, request, at: now)
        if isNew {
            for index in asks.indices where asks[index].resource == name && asks[index].place == .awaitingCreation {
                admit(index, at: now)
            }
        }
        noteIdle(at: now)
    }

    mutating func unlock(_ session: SessionID, _ name: ResourceName, fails: Bool, at now: Int64) {
        begin()
        guard let mine = asks.first(where: { $0.session == session }), mine.resource == KindRules.identity(name) else {
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
        for found in existing.map(\.resource) { wake(found, at: now) }
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

    private mutating func add(_ number: Int64, _ session: SessionID, _ request: LockRequest, _ place: Ask.Place) {
        asks.append(Ask(number: number, request: request, session: session, place: place))
    }

    private mutating func decide(_ number: Int64, _ session: SessionID, _ request: LockRequest, at now: Int64) {
        if mayHave(request, number: number, at: now) {
            add(number, session, request, .holding)
            hand(asks.count - 1)
        } else if request.mayWait {
            add(number, session, request, .queued(since: now))
            say(session, number, .queued(queueLength(KindRules.identity(request.resource))))
        } else {
            say(session, number, .refused(.busy))
        }
    }

    /// One who awaited the creation is a newcomer now, and its age counts from here.
    private mutating func admit(_ index: Int, at now: Int64) {
        let ask = asks[index]
        if mayHave(ask.request, number: ask.number, at: now) {
            hand(index)
        } else {
            asks[index].place = .queued(since: now)
            say(ask.session, ask.number, .queued(queueLength(ask.resource)))
        }
    }

    private func queueLength(_ resource: String) -> Int {
        asks.filter { if case .queued = $0.place { $0.resource == resource } else { false } }.count
    }

    /// It holds from now on, and gets what a grant of this kind carries.
    private mutating func hand(_ index: Int) {
        asks[index].place = .holding
        let ask = asks[index]
        let place = existing.firstIndex { $0.resource == ask.resource }!
        switch KindRules.kind(ask.request.resource) {
        case .set: asks[index].element = existing[place].rested.removeFirst()
        case .sequence where existing[place].rolledBack.isEmpty:
            asks[index].element = "\(existing[place].next)"
            existing[place].next += 1
        case .sequence: asks[index].element = existing[place].rolledBack.removeFirst()
        case .simple, .numeric, .path: break
        }
        say(ask.session, ask.number, .granted(asks[index].element))
    }

    /// - Parameter fails: whether a transactional sequence takes its number back; nobody knows of one who is found gone.
    private mutating func leave(_ number: Int64, fails: Bool = false, at now: Int64) {
        guard let index = asks.firstIndex(where: { $0.number == number }) else { return }
        let ask = asks.remove(at: index)
        if let element = ask.element, let place = existing.firstIndex(where: { $0.resource == ask.resource }) {
            if KindRules.kind(ask.request.resource) == .set { existing[place].rested.append(element) }
            if fails && ask.request.resource.description.hasPrefix("_S_") { existing[place].rolledBack.append(element) }
        }
        wake(ask.resource, at: now)
        noteIdle(at: now)
    }

    /// Scans by ticket until nothing changes.
    private mutating func wake(_ resource: String, at now: Int64) {
        guard !isBeingProven else { return }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in asks.indices where asks[index].resource == resource {
                guard case .queued = asks[index].place else { continue }
                let ask = asks[index]
                guard mayHave(ask.request, number: ask.number, at: now) else { continue }
                hand(index)
                hasChanged = true
                break
            }
        }
    }

    private mutating func noteIdle(at now: Int64) {
        guard !isBeingProven else { return }
        for index in existing.indices {
            let isUsed = asks.contains { $0.resource == existing[index].resource && $0.place != .awaitingCreation }
            if isUsed {
                existing[index].idleSince = nil
            } else if existing[index].idleSince == nil {
                existing[index].idleSince = now
            }
        }
    }
}
