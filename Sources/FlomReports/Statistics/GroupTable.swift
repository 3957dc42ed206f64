internal import FlomModel

/// The groups of a statistic while it is computed: a limited number, and one more for all later keys.
struct GroupTable {
    private let limit: Int
    private var groups: [MeasuredGroup] = []
    private var numbers: [[UInt8]: Int] = [:]
    private var others: Int?

    init(limit: Int) { self.limit = limit }

    mutating func number(of key: [UInt8]) -> Int {
        if let number = numbers[key] { return number }
        if numbers.count >= limit {
            if let others { return others }
            others = groups.count
            groups.append(MeasuredGroup(key: nil))
        } else {
            numbers[key] = groups.count
            groups.append(MeasuredGroup(key: key))
        }
        return groups.count - 1
    }

    subscript(number: Int) -> MeasuredGroup {
        _read { yield groups[number] }
        _modify { yield &groups[number] }
    }

    /// The groups that have requests or have made others wait, in descending order of the waiting time that they caused.
    func measured(_ blame: BlameLedger) -> [Statistics.Group] {
        groups.enumerated().map { $1.measured(blame, number: $0) }
            .filter { $0.requests > 0 || $0.caused > 0 }
            .sorted { one, other in
                if one.caused != other.caused { return one.caused > other.caused }
                if one.requests != other.requests { return one.requests > other.requests }
                return (one.key ?? []).lexicographicallyPrecedes(other.key ?? [])
            }
    }
}

/// A group with its state at the current moment of the sweep.
struct MeasuredGroup {
    private var group: Statistics.Group
    private var holders = 0
    private var busySince: Int64 = 0
    private var queue = 0

    init(key: [UInt8]?) { group = Statistics.Group(key: key) }

    mutating func count(_ row: HistoryRow) {
        group.requests += 1
        if row.grantedAt != nil { group.grants += 1 }
        switch row.outcome {
        case .refused: group.refusals += 1
        case .timedOut: group.timeouts += 1
        case .withdrawn: group.withdrawals += 1
        case .reclaimed, .broken: group.losses += 1
        case .waiting, .awaitingCreation, .held: group.open += 1
        case .released: break
        }
        if let span = row.waitedNanoseconds { group.waiting.add(span / 1000) }
        if let span = row.heldNanoseconds { group.holding.add(span / 1000) }
    }

    mutating func changeQueue(by change: Int) {
        queue += change
        group.longestQueue = max(group.longestQueue, queue)
    }

    mutating func changeHolders(by change: Int, at time: Int64) {
        if holders == 0 { busySince = time }
        holders += change
        if holders == 0 { group.busy += time - busySince }
    }

    func measured(_ blame: BlameLedger, number: Int) -> Statistics.Group {
        var group = group
        (group.caused, group.blamed) = blame.measured(group: number)
        return group
    }
}
