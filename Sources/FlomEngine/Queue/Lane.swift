internal import FlomModel

/// Requests in the order of their tickets: waiters of one lock mode, of which none fits if the first does not, or those who wait
/// for one resource to be created.
///
/// Joining and leaving are O(1) amortized: who leaves from the middle stays as a dead entry until the head passes it, and the
/// lane is swept when more than half of it is dead.
struct Lane {
    private var tickets: [RequestID] = []
    private var start = 0
    private var left: Set<RequestID> = []

    var isEmpty: Bool { first == nil }
    var first: RequestID? { start < tickets.count ? tickets[start] : nil }

    /// How many of an earlier ticket are in the lane.
    func count(before ticket: RequestID) -> Int {
        var (low, high) = (start, tickets.count)
        while low < high {
            let middle = (low + high) / 2
            if tickets[middle] < ticket { low = middle + 1 } else { high = middle }
        }
        return low - start - left.count { $0 < ticket }
    }

    /// Tickets join in order, but for those who awaited the creation of a resource whose creator has to wait too.
    mutating func join(_ ticket: RequestID) {
        var place = tickets.count
        while place > start, ticket < tickets[place - 1] { place -= 1 }
        tickets.insert(ticket, at: place)
    }

    /// The oldest ticket, taken out.
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
            left.insert(ticket)
            if left.count > Self.sweepThreshold, left.count * 2 > tickets.count - start { sweep() }
        }
    }

    /// Below this a sweep costs more than it frees.
    private static let sweepThreshold = 32

    private mutating func skipDeparted() {
        while !left.isEmpty, start < tickets.count, left.remove(tickets[start]) != nil { start += 1 }
        if start == tickets.count {
            tickets.removeAll(keepingCapacity: tickets.capacity <= Self.sweepThreshold)
            start = 0
        } else if start > Self.sweepThreshold, start * 2 > tickets.count {
            tickets.removeFirst(start)
            start = 0
        }
    }

    private mutating func sweep() {
        tickets = tickets[start...].filter { !left.contains($0) }
        start = 0
        left.removeAll()
    }
}
