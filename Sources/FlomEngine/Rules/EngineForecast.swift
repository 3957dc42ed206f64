package import FlomModel

/// What would become of a request, without changing or recording anything.
extension Engine {
    /// Whether a request would have to wait if it came now. A request that would be refused at once would not.
    package func wouldWait(_ request: LockRequest, at now: Moment) -> Bool {
        guard request.mayWait, !request.isForbidden, Self.impossible(request) == nil else { return false }
        guard !isShut else { return true }
        guard request.parts.allSatisfy({ exists($0.resource) }) else {
            return request.mayCreate ? othersWouldWait(request, at: now) : true
        }
        var entry = OpenEntry(request, session: nil, phase: .waiting(since: now.boottime))
        for index in entry.indices {
            guard let slot = table.index(of: entry[index].identity) else {
                preconditionFailure("\(entry[index].identity) exists and has no slot")
            }
            entry[index].slot = slot
        }
        guard hasTokens(entry.count), case .waits = verdict(on: entry, ticket: RequestID(nextRequest), at: now) else {
            return false
        }
        return true
    }

    /// Whether a request would wait for those of its resources that exist. A resource that does not exist yet is free.
    private func othersWouldWait(_ request: LockRequest, at now: Moment) -> Bool {
        let existing = request.parts.filter { exists($0.resource) }
        guard let first = existing.first else { return false }
        var rest = request
        (rest.resource, rest.mode, rest.quantity) = (first.resource, first.mode, first.quantity)
        rest.others = Array(existing.dropFirst())
        precondition(rest.parts.count < request.parts.count, "every resource of a request exists, and one of them does not")
        return wouldWait(rest, at: now)
    }
}
