internal import FlomModel

/// Nested requests that can never be granted.
///
/// **Rule.** When a nested request would be queued, assume every grant released except those held by ancestors of waiting nested
/// requests. Assume that every waiting nested request that then fits is granted and ends, and repeat. If the new request is left
/// over, it is in a deadlock. A circle of waiters alone would prove nothing, because another holder of a pool may give something
/// back. Barring is ignored, because it ends with time. A waiter that is not nested holds nothing, so only nested waiters and
/// their ancestors matter.
extension Engine {
    /// The circle of a request that can never be granted; nil if it may be granted one day, or may not be refused for this.
    func deadlock(of id: RequestID, _ entry: OpenEntry, at now: Moment) -> [DeadlockLink]? {
        guard entry.mayBeRefusedAsDeadlock, !ancestors(of: entry).isEmpty else { return nil }
        var waiting: [(id: RequestID, entry: OpenEntry)] = [(id, entry)]
        for other in nestedWaiters.sorted() { if let entry = requests[other] { waiting.append((other, entry)) } }
        while true {
            let world = HeldWorld(of: waiting.map { ancestors(of: $0.entry) }, in: self, at: now)
            let stuck = waiting.filter { !world.fits($0.entry) }
            guard stuck.contains(where: { $0.id == id }) else { return nil }
            precondition(stuck.count <= waiting.count, "\(stuck.count) of \(waiting.count) nested waiters are stuck")
            if stuck.count == waiting.count { return links(from: id, waiting, world) }
            waiting = stuck
        }
    }

    /// The links of the circle: from each waiter to a holder of what it waits for, and on to a waiter under that holder's command,
    /// until a waiter comes again.
    private func links(
        from id: RequestID, _ waiting: [(id: RequestID, entry: OpenEntry)], _ world: HeldWorld
    ) -> [DeadlockLink] {
        var links: [DeadlockLink] = []
        var waiter = id
        var met: Set<RequestID> = []
        while met.insert(waiter).inserted {
            guard let entry = waiting.first(where: { $0.id == waiter })?.entry, let (part, holder) = world.obstacle(of: entry)
            else { break }
            links.append(DeadlockLink(waiter: waiter.part(part), resource: entry[part].ask.name, holder: holder))
            guard let next = waiting.first(where: { ancestors(of: $0.entry).contains(holder) })?.id else { break }
            waiter = next
        }
        precondition(!links.isEmpty, "request \(id.number) is in a deadlock, and nothing that it wants is held")
        return links
    }
}

/// The locks as they would be if only the ancestors of some requests held theirs.
private struct HeldWorld {
    private var kinds: [ResourceName: any Kind] = [:]
    private var holders: [(id: RequestID, part: OpenEntry.Part)] = []
    private let now: Moment

    init(of families: [[RequestID]], in engine: Engine, at now: Moment) {
        self.now = now
        for id in Set(families.joined()).sorted() {
            guard let entry = engine.requests[id] else { continue }
            for index in entry.indices {
                let part = entry[index]
                kinds[part.identity, default: Self.empty(part)].restore(part.ask, part.grant?.element)
                holders.append((id, part))
            }
        }
    }

    private static func empty(_ part: OpenEntry.Part) -> any Kind {
        Resource.kind(of: part.identity, state: nil, lastStamp: nil, renderer: .plain)
    }

    private func fits(_ part: OpenEntry.Part) -> Bool {
        // The moment of a time stamp comes by itself.
        guard let kind = kinds[part.identity], case .no = kind.fit(of: part.ask, at: now) else { return true }
        return false
    }

    func fits(_ entry: OpenEntry) -> Bool { entry.indices.allSatisfy { fits(entry[$0]) } }

    /// The first part that does not fit, and a holder of what it lacks.
    func obstacle(of entry: OpenEntry) -> (part: Int, holder: RequestID)? {
        guard let index = entry.canonicalOrder.first(where: { !fits(entry[$0]) }), let kind = kinds[entry[index].identity],
            let holder = holders.first(where: {
                $0.part.identity == entry[index].identity && kind.conflict($0.part.ask, entry[index].ask)
            })
        else { return nil }
        return (index, holder.id)
    }
}
