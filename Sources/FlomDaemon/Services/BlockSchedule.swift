internal import FlomStore

/// Decides when the journal's blocks, which filtered histories skip, are made.
struct BlockSchedule {
    /// When to retry a block that could not be made because one of its requests was open.
    private static let retryNanoseconds: Int64 = 60_000_000_000
    /// The pause between two blocks: a journal of many years gets its blocks within minutes, and no client notices.
    static let pauseMilliseconds: Int64 = 5

    private var isBusy = false
    private var newestAtNextLook = RequestBlock.size
    private var nextLook: Int64?
    /// The first requests of the blocks to be made, the next one at the end.
    private var missing: [Int64] = []

    /// Whether to look for missing blocks now. `found` ends the look. Call it about once a second.
    ///
    /// - Parameters:
    ///   - newest: the number of the newest request.
    ///   - now: nanoseconds of a monotonic clock.
    mutating func isDue(newest: Int64, now: Int64) -> Bool {
        let retry = nextLook ?? now + Self.retryNanoseconds
        nextLook = retry
        guard !isBusy, newest >= RequestBlock.size, newest >= newestAtNextLook || now >= retry else { return false }
        isBusy = true
        newestAtNextLook = newest + RequestBlock.size
        nextLook = now + Self.retryNanoseconds
        return true
    }

    /// - Parameter missing: the first request of each block that is missing, in ascending order.
    mutating func found(_ missing: [Int64]) { self.missing = missing.reversed() }

    /// The first request of the block to be made next; nil if there is none, or the rest has to wait for the next look.
    ///
    /// - Parameter mayWrite: whether the journal can be written now.
    mutating func next(mayWrite: Bool) -> Int64? {
        if mayWrite, let first = missing.popLast() { return first }
        missing = []
        isBusy = false
        return nil
    }
}
