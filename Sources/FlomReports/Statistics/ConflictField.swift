internal import FlomModel

/// Waiters and holders of one resource, tree or pool at one moment, in classes that conflict with the same others. It computes
/// the waiting time that each holder is charged with: every microsecond of a waiter is shared equally among the holders that
/// conflict with it.
///
/// All holders of a class are charged at the same rate. So the cost of a moment grows with the number of classes that conflict,
/// not with the number of waiters.
struct ConflictField {
    /// The part of a request that decides what it conflicts with: its mode, and for a path its levels.
    struct Claim: Hashable {
        /// The lock mode; nil if every request conflicts with every other.
        var mode: LockMode?
        /// The levels of a path; empty for other resources.
        var levels: [[UInt8]] = []

        init(_ row: HistoryRow, _ kind: ResourceKind?) {
            switch kind {
            case .hierarchical(let levels): (mode, self.levels) = (row.mode, levels)
            // A name of another version is taken to be locked by mode; otherwise every holder would be charged.
            case .simple, nil: mode = row.mode
            case .numeric, .set, .sequence, .timestamp: mode = nil
            }
        }

        func conflicts(with other: Claim) -> Bool {
            guard let mode, let otherMode = other.mode else { return true }
            return !mode.isCompatible(with: otherMode) && ResourceKind.pathsMeet(levels, other.levels)
        }
    }

    private struct ClaimClass {
        var claim: Claim
        var waiters = 0
        var holders = 0
        /// The number of holders that a waiter of this class conflicts with.
        var obstacles = 0
        /// The classes that this one conflicts with, perhaps including itself.
        var neighbours: [Int] = []

        /// Microseconds that one holder has been charged with since the class began, up to `settledAt`. From then on they grow at
        /// `rate`.
        var charged = 0.0
        var rate = 0.0
        var settledAt: Int64

        var isUnused: Bool { waiters == 0 && holders == 0 }
    }

    private var classes: [ClaimClass] = []
    private var free: [Int] = []
    private var numbers: [Claim: Int] = [:]

    var isUnused: Bool { numbers.isEmpty }

    mutating func waiterCame(_ claim: Claim, at time: Int64) { changeWaiters(number(of: claim, at: time), by: 1, time) }

    mutating func waiterLeft(_ claim: Claim, at time: Int64) {
        let number = number(of: claim, at: time)
        changeWaiters(number, by: -1, time)
        removeIfUnused(number)
    }

    /// - Returns: the reading of the class's meter, for `holderLeft`.
    mutating func holderCame(_ claim: Claim, at time: Int64) -> Double {
        let number = number(of: claim, at: time)
        changeHolders(number, by: 1, time)
        settle(number, time)
        return classes[number].charged
    }

    /// - Returns: the microseconds of waiting that this holder has caused.
    mutating func holderLeft(_ claim: Claim, came reading: Double, at time: Int64) -> Double {
        let number = number(of: claim, at: time)
        settle(number, time)
        let caused = classes[number].charged - reading
        changeHolders(number, by: -1, time)
        removeIfUnused(number)
        return caused
    }

    // MARK: - Classes

    private mutating func number(of claim: Claim, at time: Int64) -> Int {
        if let number = numbers[claim] { return number }
        var new = ClaimClass(claim: claim, settledAt: time)
        new.neighbours = numbers.values.filter { classes[$0].claim.conflicts(with: claim) }
        new.obstacles = new.neighbours.reduce(0) { $0 + classes[$1].holders }
        let number = free.popLast() ?? classes.count
        for neighbour in new.neighbours { classes[neighbour].neighbours.append(number) }
        if claim.conflicts(with: claim) { new.neighbours.append(number) }
        if number == classes.count { classes.append(new) } else { classes[number] = new }
        numbers[claim] = number
        refreshRate(number)
        return number
    }

    private mutating func removeIfUnused(_ number: Int) {
        guard classes[number].isUnused else { return }
        for neighbour in classes[number].neighbours where neighbour != number {
            classes[neighbour].neighbours.removeAll { $0 == number }
        }
        numbers[classes[number].claim] = nil
        free.append(number)
    }

    // MARK: - Rates

    private mutating func changeWaiters(_ number: Int, by change: Int, _ time: Int64) {
        for neighbour in classes[number].neighbours { settle(neighbour, time) }
        classes[number].waiters += change
        for neighbour in classes[number].neighbours { refreshRate(neighbour) }
    }

    private mutating func changeHolders(_ number: Int, by change: Int, _ time: Int64) {
        // The obstacles of a class without waiters affect no rate.
        let inTheWay = classes[number].neighbours.filter { classes[$0].waiters > 0 }
        for waiting in inTheWay { for holding in classes[waiting].neighbours { settle(holding, time) } }
        classes[number].holders += change
        for neighbour in classes[number].neighbours { classes[neighbour].obstacles += change }
        for waiting in inTheWay { for holding in classes[waiting].neighbours { refreshRate(holding) } }
    }

    private mutating func settle(_ number: Int, _ time: Int64) {
        classes[number].charged += classes[number].rate * Double(time - classes[number].settledAt)
        classes[number].settledAt = time
    }

    private mutating func refreshRate(_ number: Int) {
        var rate = 0.0
        for neighbour in classes[number].neighbours where classes[neighbour].waiters > 0 && classes[neighbour].obstacles > 0 {
            rate += Double(classes[neighbour].waiters) / Double(classes[neighbour].obstacles)
        }
        classes[number].rate = rate
    }
}
