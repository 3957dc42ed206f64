/// Goes through ranges of request numbers that contain all open requests.
struct OpenWalk {
    /// Numbers that are read at once.
    private static let numbersPerLook = 256

    private var first: Int64
    private var last: Int64
    private let newestFirst: Bool
    /// From this number on, all numbers are examined. Older requests that were open when this number was read are in the table,
    /// whatever has come since.
    private let windowStart: Int64
    private let longOpen: Statement?
    private var found: ArraySlice<ClosedRange<Int64>> = []

    init(from first: Int64, to last: Int64, newestFirst: Bool, _ database: Database) throws(JournalError) {
        (self.first, self.last, self.newestFirst) = (first, last, newestFirst)
        guard try JournalFormat.hasLongOpen(database) else {
            // The journal has an index of open requests instead.
            (windowStart, longOpen) = (first, nil)
            return
        }
        windowStart = (try database.integer("SELECT max(number) FROM request") ?? 0) - OpenRequestIndex.window + 1
        longOpen = try database.statement(
            """
            SELECT request FROM lingering WHERE request BETWEEN ?1 AND ?2
            ORDER BY request \(newestFirst ? "DESC" : "ASC") LIMIT \(Self.numbersPerLook)
            """
        )
    }

    /// The next range of numbers; nil when there are no more.
    mutating func next() throws(JournalError) -> ClosedRange<Int64>? {
        if let range = found.popFirst() { return range }
        guard first <= last else { return nil }
        if newestFirst, last >= windowStart {
            let start = max(first, windowStart)
            defer { last = start - 1 }
            return start...last
        }
        if first < windowStart {
            try look(upTo: min(last, windowStart - 1))
            if let range = found.popFirst() { return range }
        }
        guard !newestFirst, first <= last else { return nil }
        defer { first = last + 1 }
        return first...last
    }

    /// Reads the request numbers of table `lingering` from the present place up to and including `end`, joins consecutive ones to ranges, and
    /// moves the place behind them.
    private mutating func look(upTo end: Int64) throws(JournalError) {
        guard let longOpen else { return }
        longOpen.bind(1, first)
        longOpen.bind(2, end)
        defer { longOpen.reset() }
        var ranges: [ClosedRange<Int64>] = []
        var count = 0
        while try longOpen.step() {
            let number = longOpen.integer(0)
            count += 1
            if let neighbour = ranges.last, neighbour.upperBound + 1 == number || neighbour.lowerBound - 1 == number {
                ranges[ranges.count - 1] = min(neighbour.lowerBound, number)...max(neighbour.upperBound, number)
            } else {
                ranges.append(number...number)
            }
        }
        found = ranges[...]
        let isAll = count < Self.numbersPerLook
        if newestFirst {
            last = isAll ? first - 1 : ranges[ranges.count - 1].lowerBound - 1
        } else {
            first = isAll ? end + 1 : ranges[ranges.count - 1].upperBound + 1
        }
    }
}
