internal import FlomModel

/// Bounded overtaking: who may not be passed any more, and by whom.
///
/// **Rules.** A waiter that has waited for `maxOvertake` *bars* its resources, in canonical order, up to and including the first on
/// which it does not fit; a long holder of that one must not shut the others. Nobody is granted who conflicts there with an older
/// waiter that bars. A nested request passes at once a waiter that conflicts with what its own ancestors hold, which waits for
/// them to end anyway, and everybody after having waited for `maxOvertake` itself.
extension Engine {
    func isBlocked(_ part: OpenEntry.Part, _ ticket: RequestID, at now: Moment) -> Bool {
        if let older = slots[part.slot]!.kind.oldestInConflict(with: part.ask), older < ticket, blocksOvertaking(older, at: now) {
            return true
        }
        return compoundWaitersBlock(part, ticket, at: now) { _ in false }
    }

    /// Whether somebody bars a part of a request that is nested or asks for several resources: nil if nobody does; a moment if
    /// time helps.
    func overtakeBlock(of entry: OpenEntry, _ index: Int, _ ticket: RequestID, at now: Moment) -> Instant?? {
        let part = entry[index]
        guard slots[part.slot]!.waiterCount > 0 else { return nil }
        let family = ancestors(of: entry)
        guard !family.isEmpty else { return isBlocked(part, ticket, at: now) ? .some(nil) : nil }

        let since = if case .waiting(let since) = entry.phase { since } else { now.boottime }
        if policy.bars(waitingSince: since, at: now.boottime) { return nil }
        let isBlocked =
            slots[part.slot]!.kind.headsInConflict(with: part.ask).contains { older in
                older < ticket && blocksOvertaking(older, at: now) && !passes(family, older)
            } || compoundWaitersBlock(part, ticket, at: now) { passes(family, $0) }
        return isBlocked ? .some(since.advanced(byMilliseconds: policy.maxOvertakeMilliseconds)) : nil
    }

    private func compoundWaitersBlock(
        _ part: OpenEntry.Part, _ ticket: RequestID, at now: Moment, unless passes: (RequestID) -> Bool
    ) -> Bool {
        guard !slots[part.slot]!.compoundWaiters.isEmpty else { return false }
        return slots[part.slot]!.compoundWaiters.heads.contains { older in
            older < ticket && blocksOvertaking(older, at: now) && reaches(older, part, at: now) && !passes(older)
        }
    }

    private func blocksOvertaking(_ waiter: RequestID, at now: Moment) -> Bool {
        guard case .waiting(let since) = requests[waiter]?.phase else { return false }
        return policy.bars(waitingSince: since, at: now.boottime)
    }

    /// Whether the barring of a waiter extends to something that conflicts with a part.
    private func reaches(_ waiter: RequestID, _ part: OpenEntry.Part, at now: Moment) -> Bool {
        guard let entry = requests[waiter] else { return false }
        for index in entry.canonicalOrder {
            let own = entry[index]
            if own.slot == part.slot && slots[own.slot]!.kind.conflict(own.ask, part.ask) { return true }
            guard case .yes = slots[own.slot]!.kind.fit(of: own.ask, at: now) else { return false }
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
            next = ancestor.parent
        }
        return found
    }

    /// Whether a waiter waits for one of a family anyway: then that family's requests may pass.
    private func passes(_ family: [RequestID], _ waiter: RequestID) -> Bool {
        guard let waiting = requests[waiter] else { return false }
        return family.contains { id in
            guard let holder = requests[id] else { return false }
            return holder.indices.contains { held in
                waiting.indices.contains { wanted in
                    holder[held].slot == waiting[wanted].slot
                        && slots[holder[held].slot]!.kind.conflict(holder[held].ask, waiting[wanted].ask)
                }
            }
        }
    }
}
