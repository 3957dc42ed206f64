/// Links every event to all before it: hash = SHA-256(previous hash ‖ canonical serialization of the event).
struct HashChain {
    /// The number of the event hashed last; 0 before the first.
    private(set) var number: Int64
    private(set) var hash: Digest
    private var buffer: [UInt8] = []

    /// Goes on after a known event.
    init(after number: Int64, hash: Digest) {
        self.number = number
        self.hash = hash
    }

    /// What stands for the hash before the first event, so that no two journals share a chain.
    static func anchor(journalID: String) -> Digest {
        SHA256.digest(of: Array(journalID.utf8))
    }

    /// Takes in the next event and returns its hash.
    mutating func append(_ record: EventRecord) -> Digest {
        buffer.removeAll(keepingCapacity: true)
        record.serialize(into: &buffer)
        var hasher = SHA256()
        hasher.update(hash)
        hasher.update(buffer)
        hash = hasher.finish()
        number = record.number
        return hash
    }

    /// Takes back everything after a mark, keeping the buffer.
    mutating func rewind(to mark: (number: Int64, hash: Digest)) {
        (number, hash) = mark
    }
}
