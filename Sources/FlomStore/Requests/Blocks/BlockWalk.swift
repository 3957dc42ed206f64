internal import FlomModel

/// Goes through the numbers of requests and skips blocks in which a filter cannot match.
struct BlockWalk {
    /// Blocks that are read at once. The limit keeps a page that is soon full from looking too far ahead.
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
                SELECT \(BlockRow.columns) FROM block
                WHERE first BETWEEN ?1 AND ?2 ORDER BY first \(newestFirst ? "DESC" : "ASC")
                """
            )
    }

    /// The next range of numbers; nil when there are no more.
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
            let row = BlockRow(blocks)
            let start = row.first
            let block = max(start, first)...min(start + RequestBlock.size - 1, last)
            // The numbers between two blocks have no summary and may match.
            if let gap = newestFirst ? above(block) : below(block) {
                advance(past: gap)
                return merged(found, gap)
            }
            advance(past: block)
            if test.mayMatch(row) {
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

    /// The union of two ranges that adjoin each other.
    private func merged(_ found: ClosedRange<Int64>?, _ range: ClosedRange<Int64>) -> ClosedRange<Int64> {
        guard let found else { return range }
        return min(found.lowerBound, range.lowerBound)...max(found.upperBound, range.upperBound)
    }
}
