internal import FlomModel

/// How many hold in each mode. Compatible modes are the matrix of `LockMode`.
struct ModeCounts {
    private var counts = InlineArray<6, Int32>(repeating: 0)

    var isEmpty: Bool { LockMode.allCases.allSatisfy { counts[Int($0.rawValue)] == 0 } }

    /// Whether `mode` is compatible with everyone who holds.
    func fits(_ mode: LockMode) -> Bool {
        for held in LockMode.allCases where counts[Int(held.rawValue)] > 0 && !held.isCompatible(with: mode) { return false }
        return true
    }

    mutating func add(_ mode: LockMode) { counts[Int(mode.rawValue)] += 1 }

    mutating func remove(_ mode: LockMode) {
        precondition(counts[Int(mode.rawValue)] > 0, "nobody holds in \(mode)")
        counts[Int(mode.rawValue)] -= 1
    }

    /// Whether somebody holds here who excludes one of `others`.
    func excludes(_ others: ModeCounts) -> Bool {
        LockMode.allCases.contains { others.counts[Int($0.rawValue)] > 0 && !fits($0) }
    }

    /// Whether two of those who are counted exclude each other.
    var excludeEachOther: Bool {
        for one in LockMode.allCases where counts[Int(one.rawValue)] > 0 {
            for other in LockMode.allCases where counts[Int(other.rawValue)] > 0 && !one.isCompatible(with: other) {
                if one != other || counts[Int(one.rawValue)] > 1 { return true }
            }
        }
        return false
    }
}
