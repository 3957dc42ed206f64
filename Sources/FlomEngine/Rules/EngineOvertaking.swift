internal import FlomModel

/// Bounded overtaking: which waiters may not be passed any more, and by whom.
///
/// **Rules.** A waiter that has waited for `maxOvertake` *blocks* its resources, in canonical order, up to and including the first on
/// which it does not fit; a long holder of that one must not shut the others. No request is granted that conflicts there with an
/// older waiter that blocks. A nested request passes at once a waiter that conflicts with what the request's own ancestors hold,
/// because that waiter waits for their end anyway. Having waited for `maxOvertake` itself, it passes every waiter.
extension Engine {
    /// What keeps a request from overtaking the older waiters for one of its parts.
    enum OvertakeBlock: Equatable {
        case none
        /// Older waiters, until the request has waited long enough itself.
        case until(Instant)
        /// Older waiters, as long as they wait.
        case indefinite
    }

    func isBlocked(_ part: OpenEntry.Part, _ ticket: RequestID, at now: Moment) -> Bool {
        if let older = table[part.slot].kind.oldestInConflict(with: part.ask), older < ticket, blocks(older, at: now) {
            return true
        }
        return compoundWaitersBlock(part, ticket, at: now) { _ in false }
    }

    /// The block of a part of a request that is nested or asks for several resources.
    func overtakeBlock(of entry: OpenEntry, _ index: Int, _ ticket: RequestID, at now: Moment) -> OvertakeBlock {
        precondition(!entry.isPlain, "request \(ticket.number) is plain and is judged as a compound one")
        let part = entry[index]
        guard table[part.slot].waiterCount > 0 else { return .none }
        let family = ancestors(of: entry)
        guard !family.isEmpty else { return isBlocked(part, ticket, at: now) ? .indefinite : .none }

        let since = if case .waiting(let since) = entry.phase { since } else { now.boottime }
        if policy.blocks(waitingSince: since, at: now.boottime) { return .none }
        let isBlocked =
            table[part.slot].kind.headsInConflict(with: part.ask).contains { older in
                older < ticket && blocks(older, at: now) && !passes(family, older)
            } || compoundWaitersBlock(part, ticket, at: now) { passes(family, $0) }
        return isBlocked ? .until(since.advanced(byMilliseconds: policy.maxOvertakeMilliseconds)) : .none
    }

    private func compoundWaitersBlock(
        _ part: OpenEntry.Part, _ ticket: RequestID, at now: Moment, unless passes: (RequestID) -> Bool
    ) -> Bool {
        guard !table[part.slot].compoundWaiters.isEmpty else { return false }
        return table[part.slot].compoundWaiters.heads.contains { older in
            older < ticket && blocks(older, at: now) && reaches(older, part, at: now) && !passes(older)
        }
    }

    private func blocks(_ waiter: RequestID, at now: Moment) -> Bool {
        guard case .waiting(let since) = requests[waiter]?.phase else { return false }
        return policy.blocks(waitingSince: since, at: now.boottime)
    }

    /// Whether the overtake block of a waiter extends to something that conflicts with a part.
    private func reaches(_ waiter: RequestID, _ part: OpenEntry.Part, at now: Moment) -> Bool {
        guard let entry = requests[waiter] else { preconditionFailure("waiter \(waiter.number) is not open") }
        for index in entry.canonicalOrder {
            let own = entry[index]
            if own.slot == part.slot && table[own.slot].kind.conflict(own.ask, part.ask) { return true }
            guard case .yes = table[own.slot].kind.fit(of: own.ask, at: now) else { return false }
        }
        return false
    }

    // MARK: - Nested requests

    /// The open grants under whose commands a request was made, the nearest first.
    func ancestors(of entry: OpenEntry) -> [RequestID] {
        var found: [RequestID] = []
        var next = entry.parent
        while let id = next, let ancestor = requests[id], ancestor.isHeld {
            found.append(id)
            // A younger parent is that of another journal's numbers: following it could come round.
            next = ancestor.parent.flatMap { $0 < id ? $0 : nil }
        }
        return found
    }

    /// Whether a waiter waits for one of a family anyway, so that the family's requests may pass it.
    private func passes(_ family: [RequestID], _ waiter: RequestID) -> Bool {
        guard let waiting = requests[waiter] else { preconditionFailure("waiter \(waiter.number) is not open") }
        return family.contains { id in
            guard let holder = requests[id] else { return false }
            return holder.indices.contains { held in
                waiting.indices.contains { wanted in
                    holder[held].slot == waiting[wanted].slot
                        && table[holder[held].slot].kind.conflict(holder[held].ask, waiting[wanted].ask)
                }
            }
        }
    }
}
