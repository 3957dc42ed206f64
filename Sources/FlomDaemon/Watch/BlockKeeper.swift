internal import FlomStore
internal import FlomSystem

/// Makes the blocks of the journal, which filtered histories pass over, as requests end: read beside the loop, written on it, a
/// row at a time.
final class BlockKeeper {
    /// A block that could not be made, because one of its requests is open, is tried again after so long.
    private static let retryMilliseconds: Int64 = 60_000
    /// Between two: a journal of many years gets its blocks within minutes, and nobody notices.
    private static let pauseMilliseconds: Int64 = 5

    private let journal: Journal
    private let queries: QueryService
    private let after: After
    /// Whether the journal can be written now.
    private let mayWrite: () -> Bool
    private var isBusy = false
    private var lookWhenNewestIs = RequestBlock.size
    private var lookAgain = Deadline.after(milliseconds: BlockKeeper.retryMilliseconds)

    init(journal: Journal, queries: QueryService, after: @escaping After, mayWrite: @escaping () -> Bool) {
        self.journal = journal
        self.queries = queries
        self.after = after
        self.mayWrite = mayWrite
    }

    /// To be called about once a second.
    ///
    /// - Parameter newest: the number of the newest request.
    func look(newest: Int64) {
        guard !isBusy, newest >= RequestBlock.size, newest >= lookWhenNewestIs || lookAgain.hasPassed else { return }
        isBusy = true
        lookWhenNewestIs = newest + RequestBlock.size
        lookAgain = .after(milliseconds: Self.retryMilliseconds)
        queries.read({ try $0.missingBlocks() }, then: { [unowned self] missing in make(missing?.reversed() ?? []) })
    }

    private func make(_ missing: [Int64]) {
        var missing = missing
        guard let first = missing.popLast(), mayWrite() else {
            isBusy = false
            return
        }
        queries.read(
            { try $0.summarizeBlock(first) },
            then: { [unowned self, missing] block in
                // What cannot be written is made later.
                if let block = block ?? nil, mayWrite() { try? journal.keep(block) }
                after(Self.pauseMilliseconds) { [unowned self] in make(missing) }
            })
    }
}
