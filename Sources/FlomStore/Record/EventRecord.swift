/// One row of `event` without its hash.
struct EventRecord {
    var number: Int64
    /// Microseconds since 1970-01-01 UTC.
    var at: Int64
    /// Nanoseconds on `CLOCK_BOOTTIME`.
    var boottime: Int64
    var kind: [UInt8]
    var request: Int64?
    /// The newest fencing token granted up to here, this event included; 0 before the first.
    var newestToken: Int64
    /// UTF-8 text of a JSON object.
    var detail: [UInt8]?

    /// Appends the canonical serialization that is hashed: every column in order, preceded by its length in bytes as a 32-bit
    /// number. Numbers are 64 bits wide, in two's complement; everything is big-endian; NULL is the length 2^32 - 1 and no bytes.
    ///
    /// It never changes: every later version must be able to verify a journal that was once written.
    func serialize(into bytes: inout [UInt8]) {
        Self.append(number, to: &bytes)
        Self.append(at, to: &bytes)
        Self.append(boottime, to: &bytes)
        Self.append(kind, to: &bytes)
        if let request { Self.append(request, to: &bytes) } else { Self.appendNull(to: &bytes) }
        Self.append(newestToken, to: &bytes)
        if let detail { Self.append(detail, to: &bytes) } else { Self.appendNull(to: &bytes) }
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        append(length: 8, to: &bytes)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ value: [UInt8], to bytes: inout [UInt8]) {
        append(length: UInt32(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    private static func appendNull(to bytes: inout [UInt8]) {
        append(length: .max, to: &bytes)
    }

    private static func append(length: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension EventRecord {
    /// The first columns of a query whose rows `init(_:)` reads.
    static let columns = "number, at, boottime, kind, request, newest_token, detail"

    init(_ row: Statement) {
        self.init(
            number: row.integer(0), at: row.integer(1), boottime: row.integer(2), kind: row.bytes(3),
            request: row.optionalInteger(4), newestToken: row.integer(5), detail: row.optionalBytes(6))
    }
}
