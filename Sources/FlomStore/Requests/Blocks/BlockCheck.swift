extension JournalReader {
    /// The first summary that would hide one of its requests from a filter; nil if there is none.
    func firstAlteredBlock() throws(JournalError) -> Int64? {
        guard try JournalFormat.hasBlocks(current()) else { return nil }
        var last: Int64 = 0
        while let (first, isGood) = try checkBlock(after: last) {
            guard isGood else { return first }
            last = first
        }
        return nil
    }

    private func checkBlock(after number: Int64) throws(JournalError) -> (first: Int64, isGood: Bool)? {
        let row = try current().statement("SELECT \(BlockRow.columns) FROM block WHERE first > ?1 ORDER BY first LIMIT 1")
        row.bind(1, number)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let block = BlockRow(row)
        // A summary without requests cannot hide any.
        guard let now = try summarizeBlock(block.first) else { return (block.first, true) }
        return (block.first, block.covers(now))
    }
}
