/// The members of a group whose size is bounded, in the order in which they entered. The oldest makes room for a newcomer.
///
/// Entering, leaving and evicting cost O(1) amortized.
struct EvictionQueue<Member> {
    /// The key of a member, by which it leaves.
    typealias Place = UInt64

    private var members: [Place: Member] = [:]
    private var next: Place = 0
    /// No member has a lower place.
    private var oldest: Place = 0

    var count: Int { members.count }

    mutating func enter(_ member: Member) -> Place {
        defer { next += 1 }
        members[next] = member
        return next
    }

    /// Has no effect on a member that was evicted.
    mutating func leave(_ place: Place) { members[place] = nil }

    /// Removes the oldest member unless one more than `count` fits within `limit`, which counts as 1 at least.
    mutating func evict(toFitInto limit: Int) -> Member? {
        guard members.count >= max(1, limit) else { return nil }
        while oldest < next {
            defer { oldest += 1 }
            if let member = members.removeValue(forKey: oldest) { return member }
        }
        return nil
    }
}
