internal import FlomModel

/// The number of holders in each mode. Which modes are compatible is the matrix of `LockMode`.
struct ModeCounts {
    private var counts = InlineArray<6, Int32>(repeating: 0)

    var isEmpty: Bool { LockMode.allCases.allSatisfy { counts[Int($0.rawValue)] == 0 } }

    /// Whether `mode` is compatible with all holders.
    func fits(_ mode: LockMode) -> Bool {
        for held in LockMode.allCases where counts[Int(held.rawValue)] > 0 && !held.isCompatible(with: mode) { return false }
        return true
    }

    var total: Int { LockMode.allCases.reduce(0) { $0 + Int(counts[Int($1.rawValue)]) } }

    mutating func add(_ mode: LockMode) { counts[Int(mode.rawValue)] += 1 }

    mutating func remove(_ mode: LockMode) {
        precondition(counts[Int(mode.rawValue)] > 0, "a holder in \(mode) is removed, and the holders are \(self)")
        counts[Int(mode.rawValue)] -= 1
    }

    /// Whether one of the holders excludes one of `others`.
    func excludes(_ others: ModeCounts) -> Bool {
        LockMode.allCases.contains { others.counts[Int($0.rawValue)] > 0 && !fits($0) }
    }

    /// Whether two of the holders exclude each other.
    var excludeEachOther: Bool {
        for one in LockMode.allCases where counts[Int(one.rawValue)] > 0 {
            for other in LockMode.allCases where counts[Int(other.rawValue)] > 0 && !one.isCompatible(with: other) {
                if one != other || counts[Int(one.rawValue)] > 1 { return true }
            }
        }
        return false
    }
}

extension ModeCounts: CustomStringConvertible {
    var description: String {
        let held = LockMode.allCases.filter { counts[Int($0.rawValue)] > 0 }
        return held.isEmpty ? "nobody" : held.map { "\(counts[Int($0.rawValue)]) \($0.shortName)" }.joined(separator: ", ")
    }
}
