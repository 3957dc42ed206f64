internal import FlomEngine
internal import Glibc

/// Walks over the numbers of requests, and passes over the blocks in which a filter cannot match.
struct BlockWalk {
    /// So many blocks are read in one go: a page that is full soon has not looked too far ahead.
    private static let blocksPerRange = 16

    private var first: Int64
    private var last: Int64
    private let newestFirst: Bool
    private let test: BlockTest?
    private let blocks: Statement?

    init(
        _ filter: HistoryFilter, resources: [Int64]?, from first: Int64, to last: Int64, newestFirst: Bool, _ database: Database
    ) throws(JournalError) {
        (self.first, self.last, self.newestFirst) = (first, last, newestFirst)
        test = try JournalFormat.hasBlocks(database) ? BlockTest(filter, resources: resources) : nil
        blocks =
            test == nil
            ? nil
            : try database.statement(
                """
                SELECT first, asked_from, ended_to, outcomes, resources, users, hosts, commands FROM block
                WHERE first BETWEEN ?1 AND ?2 ORDER BY first \(newestFirst ? "DESC" : "ASC")
                """
            )
    }

    /// The next numbers to look at; nil when there are no more.
    mutating func next() throws(JournalError) -> ClosedRange<Int64>? {
        guard first <= last else { return nil }
        guard let test, let blocks else {
            defer { first = last + 1 }
            return first...last
        }
        blocks.bind(1, RequestBlock.first(of: first))
        blocks.bind(2, last)
        defer { blocks.reset() }
        var found: ClosedRange<Int64>?
        while try blocks.step() {
            let start = blocks.integer(0)
            let block = max(start, first)...min(start + RequestBlock.size - 1, last)
            // What lies between has no block, and may match.
            if let gap = newestFirst ? above(block) : below(block) {
                advance(past: gap)
                return merged(found, gap)
            }
            advance(past: block)
            if test.mayMatch(blocks) {
                found = merged(found, block)
                if found!.count >= Self.blocksPerRange * Int(RequestBlock.size) { return found }
            } else if found != nil {
                return found
            }
        }
        guard first <= last else { return found }
        defer { first = last + 1 }
        return merged(found, first...last)
    }

    private func below(_ block: ClosedRange<Int64>) -> ClosedRange<Int64>? {
        first < block.lowerBound ? first...(block.lowerBound - 1) : nil
    }

    private func above(_ block: ClosedRange<Int64>) -> ClosedRange<Int64>? {
        last > block.upperBound ? (block.upperBound + 1)...last : nil
    }

    private mutating func advance(past range: ClosedRange<Int64>) {
        if newestFirst { last = range.lowerBound - 1 } else { first = range.upperBound + 1 }
    }

    /// Both are neighbours.
    private func merged(_ found: ClosedRange<Int64>?, _ range: ClosedRange<Int64>) -> ClosedRange<Int64> {
        guard let found else { return range }
        return min(found.lowerBound, range.lowerBound)...max(found.upperBound, range.upperBound)
    }
}

/// Whether a block may have what a filter asks for.
private struct BlockTest {
    private let filter: HistoryFilter
    private let resources: [Int64]?
    private let outcomes: Int64

    /// Nil if blocks cannot tell, or the number says it all.
    init?(_ filter: HistoryFilter, resources: [Int64]?) {
        guard !filter.onlyOpen, filter.request == nil else { return nil }
        let asksForMore =
            filter.since != nil || filter.until != nil || filter.user != nil || filter.host != nil || filter.command != nil
            || !filter.outcomes.isEmpty || (filter.resource == nil && resources != nil)
        guard asksForMore else { return nil }
        self.filter = filter
        self.resources = resources
        outcomes = filter.outcomes.reduce(0) { $0 | RequestBlock.bit($1) }
    }

    /// - Parameter row: first, asked_from, ended_to, outcomes, resources, users, hosts, commands. SQLite reads the long ones
    ///   from the file only when they are looked at.
    func mayMatch(_ row: Statement) -> Bool {
        if let until = filter.until, row.integer(1) >= until { return false }
        if let since = filter.since, row.integer(2) < since { return false }
        if outcomes != 0, row.integer(3) & outcomes == 0 { return false }
        if let resources, !row.withBytes(4, { bytes in resources.contains { Self.has($0, bytes) } }) { return false }
        if let user = filter.user, !row.withBytes(5, { Self.has(user, $0) }) { return false }
        if let host = filter.host, !row.withBytes(6, { Self.has(host, $0) }) { return false }
        if let command = filter.command, !row.isNull(7) {
            // Only the words of one command are joined by one NUL; a blank never matches the two between commands.
            return row.withBytes(7) { lines in
                command.withUnsafeBytes { TextSearch.contains(lines, onlyProgram: false, $0) }
            }
        }
        return true
    }

    private static func has(_ resource: Int64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var (low, high) = (0, bytes.count / 8)
        while low < high {
            let middle = (low + high) / 2
            let number = Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: middle * 8, as: Int64.self))
            if number == resource { return true }
            if number < resource { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// Whether the value stands there, with nothing but a NUL at both ends.
    private static func has(_ value: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let wanted = Array(value.utf8) + [0]
        var start = bytes.startIndex
        while start + wanted.count <= bytes.count {
            if wanted.withUnsafeBytes({ memcmp(bytes.baseAddress! + start, $0.baseAddress!, wanted.count) == 0 }) { return true }
            guard let end = bytes[start...].firstIndex(of: 0) else { return false }
            start = end + 1
        }
        return false
    }
}
