internal import FlomSystem

/// Links every event to all before it: hash = SHA-256(previous hash ‖ canonical serialization of the event).
struct HashChain {
    /// The last event in the chain. It is a value, so that a caller can go back to an earlier one after a failure.
    struct Link: Hashable {
        /// The number of the newest event; 0 while there is none.
        var number: Int64
        var hash: Digest
    }

    private(set) var last: Link
    private var buffer: [UInt8] = []

    /// Continues a chain after a known event.
    init(after last: Link) {
        self.last = last
    }

    /// The hash before the first event. It depends on the journal, so that no two journals share a chain.
    static func anchor(journalID: String) -> Digest {
        SHA256.digest(of: Array(journalID.utf8))
    }

    /// Adds the next event and returns its hash.
    mutating func append(_ record: EventRecord) -> Digest {
        buffer.removeAll(keepingCapacity: true)
        record.serialize(into: &buffer)
        var hasher = SHA256()
        hasher.update(last.hash)
        hasher.update(buffer)
        last = Link(number: record.number, hash: hasher.finish())
        return last.hash
    }

    /// Removes everything after an earlier link.
    mutating func rewind(to link: Link) {
        last = link
    }
}
