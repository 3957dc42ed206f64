internal import FlomModel

/// Who waits and who holds on one resource, tree or pool at a moment, in classes of those that conflict with the same others, and how
/// much waiting each holder is charged with: every microsecond of a waiter is shared equally among the holders that conflict with it.
///
/// What one holder of a class is charged with grows at the same rate for all of its class, so that a moment costs as much as there are
/// classes in conflict with each other, however many wait.
struct ConflictField {
    /// What conflicts with what, as the name of the resource and the mode say.
    struct Claim: Hashable {
        /// Nil where everybody conflicts with everybody.
        var mode: LockMode?
        /// Of a path.
        var levels: [[UInt8]] = []

        init(_ row: HistoryRow, _ kind: ResourceKind?) {
            switch kind {
            case .hierarchical(let levels): (mode, self.levels) = (row.mode, levels)
            // A name of another version is locked by mode, or would be charged with everything.
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
        /// The holders that a waiter of this class conflicts with.
        var obstacles = 0
        /// The classes that it conflicts with, itself perhaps among them.
        var neighbours: [Int] = []

        /// Microseconds that one holder has been charged with since the class began, up to `settledAt`; from then on at `rate`.
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

    /// - Returns: a reading of the class's meter, for `holderLeft`.
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
        // Nobody's rate depends on the obstacles of a class in which nobody waits.
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
