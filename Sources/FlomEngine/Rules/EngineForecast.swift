package import FlomModel

/// What would become of a request, without anything becoming of it or being recorded.
extension Engine {
    /// Whether a request would have to wait, now. One that would be refused at once, whatever the reason, would not.
    package func wouldWait(_ request: LockRequest, at now: Moment) -> Bool {
        guard request.mayWait, !request.isForbidden, Self.impossible(request) == nil else { return false }
        guard !isShut else { return true }
        guard request.parts.allSatisfy({ exists($0.resource) }) else {
            return request.mayCreate ? othersWouldWait(request, at: now) : true
        }
        var entry = OpenEntry(request, session: nil, phase: .waiting(since: now.boottime))
        for index in entry.indices { entry[index].slot = slotOfName[entry[index].identity]! }
        guard hasTokens(entry.count), case .waits = verdict(on: entry, ticket: RequestID(nextRequest), at: now) else {
            return false
        }
        return true
    }

    /// A resource that does not exist yet is free: the others decide.
    private func othersWouldWait(_ request: LockRequest, at now: Moment) -> Bool {
        let existing = request.parts.filter { exists($0.resource) }
        guard let first = existing.first else { return false }
        var rest = request
        (rest.resource, rest.mode, rest.quantity) = (first.resource, first.mode, first.quantity)
        rest.others = Array(existing.dropFirst())
        return wouldWait(rest, at: now)
    }
}
