internal import FlomModel

/// Requests in the order of their tickets: waiters of one lock mode, of which none fits if the first does not, or the waiters for
/// the creation of one resource.
///
/// Joining and leaving are O(1) amortized. A ticket that leaves from the middle stays as a dead element until the head passes it, and
/// the lane is swept when more than half of it is dead.
struct Lane {
    private var tickets: [RequestID] = []
    private var start = 0
    /// The dead elements.
    private var departed: Set<RequestID> = []

    var isEmpty: Bool { first == nil }
    var first: RequestID? { start < tickets.count ? tickets[start] : nil }

    /// The number of tickets in the lane that are lower than this one.
    func count(before ticket: RequestID) -> Int { place(of: ticket) - start - departed.count { $0 < ticket } }

    /// Where the ticket stands, or would have to be inserted.
    private func place(of ticket: RequestID) -> Int {
        var (low, high) = (start, tickets.count)
        while low < high {
            let middle = (low + high) / 2
            if tickets[middle] < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Tickets join in order, but for those that awaited the creation of a resource whose creator has to wait too.
    mutating func join(_ ticket: RequestID) {
        // A waiter that was passed over comes back to its place, where it may still stand as a dead element.
        if !departed.isEmpty, departed.remove(ticket) != nil { return }
        var place = tickets.count
        while place > start, ticket < tickets[place - 1] { place -= 1 }
        precondition(place == start || tickets[place - 1] < ticket, "ticket \(ticket.number) joins a lane that it is in")
        tickets.insert(ticket, at: place)
    }

    /// Removes the lowest ticket and returns it.
    mutating func removeFirst() -> RequestID? {
        guard let ticket = first else { return nil }
        leave(ticket)
        return ticket
    }

    /// The ticket must be in the lane.
    mutating func leave(_ ticket: RequestID) {
        if ticket == first {
            start += 1
            skipDeparted()
        } else {
            let place = place(of: ticket)
            precondition(
                place < tickets.count && tickets[place] == ticket, "ticket \(ticket.number) leaves a lane that it is not in")
            let isNew = departed.insert(ticket).inserted
            precondition(isNew, "ticket \(ticket.number) leaves its lane twice")
            if departed.count > Self.sweepThreshold, departed.count * 2 > tickets.count - start { sweep() }
        }
    }

    /// Below this a sweep costs more than it frees.
    private static let sweepThreshold = 32

    private mutating func skipDeparted() {
        while !departed.isEmpty, start < tickets.count, departed.remove(tickets[start]) != nil { start += 1 }
        if start == tickets.count {
            precondition(departed.isEmpty, "\(departed.count) tickets have left a lane that they were not in")
            tickets.removeAll(keepingCapacity: tickets.capacity <= Self.sweepThreshold)
            start = 0
        } else if start > Self.sweepThreshold, start * 2 > tickets.count {
            tickets.removeFirst(start)
            start = 0
        }
    }

    private mutating func sweep() {
        let count = tickets.count - start - departed.count
        tickets = tickets[start...].filter { !departed.contains($0) }
        precondition(tickets.count == count, "\(tickets.count) tickets are left in a lane, and \(count) should be")
        start = 0
        departed.removeAll()
    }

    /// What is wrong with the lane; nil if nothing is.
    var inconsistency: String? {
        let waiting = tickets[start...]
        if zip(waiting, waiting.dropFirst()).contains(where: { $0 >= $1 }) { return "a lane is not in the order of tickets" }
        if let first, departed.contains(first) { return "ticket \(first.number) has left and heads its lane" }
        return departed.allSatisfy { tickets[place(of: $0)...].first == $0 } ? nil : "a ticket has left a lane that it was not in"
    }
}
