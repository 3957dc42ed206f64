internal import FlomModel

/// Waiting time that holders have caused, by group and command.
struct BlameLedger {
    /// Commands that are kept, over all groups. Later ones are summed up, for each group.
    private static let limit = 50_000

    /// Microseconds by group and command. The key nil sums up the commands beyond the limit.
    private var groups: [Int: [[[UInt8]]?: Double]] = [:]
    private var count = 0

    mutating func charge(group: Int, _ command: [[UInt8]], _ microseconds: Double) {
        guard microseconds > 0 else { return }
        if groups[group]?[command] != nil {
            groups[group]?[command]? += microseconds
        } else if count < Self.limit {
            count += 1
            groups[group, default: [:]][command] = microseconds
        } else {
            groups[group, default: [:]][nil, default: 0] += microseconds
        }
    }

    /// The sum of a group, and its commands, the one that is charged most first.
    func measured(group: Int) -> (caused: Int64, blamed: [Statistics.Blame]) {
        guard let charges = groups[group] else { return (0, []) }
        let blamed = charges.map { Statistics.Blame(command: $0, caused: Int64($1.rounded())) }
        return (
            Int64(charges.values.reduce(0, +).rounded()),
            blamed.sorted { one, other in
                if one.caused != other.caused { return one.caused > other.caused }
                return CommandWords.join(one.command ?? []).lexicographicallyPrecedes(CommandWords.join(other.command ?? []))
            }
        )
    }
}
