internal import Glibc

/// A row of table `block`, read in place. SQLite reads the long columns only when they are used.
struct BlockRow {
    static let columns = "first, asked_from, ended_to, outcomes, resources, users, hosts, commands"

    private let row: Statement

    init(_ row: Statement) { self.row = row }

    var first: Int64 { row.integer(0) }
    var askedFrom: Int64 { row.integer(1) }
    var endedTo: Int64 { row.integer(2) }
    var outcomes: Int64 { row.integer(3) }

    func has(user: [UInt8]) -> Bool { row.withBytes(5) { Self.has(user, $0) } }
    func has(host: [UInt8]) -> Bool { row.withBytes(6) { Self.has(host, $0) } }

    /// Whether a command may contain a piece of text. The words of one command are separated by one NUL, two commands by two: a
    /// blank in the piece never matches the latter.
    func mayHave(command piece: [UInt8]) -> Bool {
        row.isNull(7)
            || row.withBytes(7) { lines in
                piece.withUnsafeBytes { TextSearch.contains(lines, onlyProgram: false, $0) }
            }
    }

    var resources: [Int64] {
        row.withBytes(4) { bytes in
            (0..<bytes.count / 8).map { Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
    }

    func has(resource: Int64) -> Bool {
        row.withBytes(4) { bytes in
            var (low, high) = (0, bytes.count / 8)
            while low < high {
                let middle = (low + high) / 2
                let number = Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: middle * 8, as: Int64.self))
                if number == resource { return true }
                if number < resource { low = middle + 1 } else { high = middle }
            }
            return false
        }
    }

    /// Whether this row lets every filter through that matches a request of `block`, which was computed from the requests.
    func covers(_ block: RequestBlock) -> Bool {
        askedFrom <= block.askedFrom && endedTo >= block.endedTo && outcomes & block.outcomes == block.outcomes
            && block.resources.allSatisfy { has(resource: $0) } && block.users.allSatisfy { has(user: $0) }
            && block.hosts.allSatisfy { has(host: $0) }
            && (row.isNull(7) || block.commands?.allSatisfy { mayHave(command: Self.asTyped($0)) } == true)
    }

    /// The command as a user would type it to search for all of it.
    private static func asTyped(_ command: [UInt8]) -> [UInt8] { command.dropLast().map { $0 == 0 ? UInt8(ascii: " ") : $0 } }

    /// Whether a value is in a list of values that each end with a NUL.
    private static func has(_ value: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
        let wanted = value + [0]
        var start = bytes.startIndex
        while start + wanted.count <= bytes.count {
            if wanted.withUnsafeBytes({ memcmp(bytes.baseAddress! + start, $0.baseAddress!, wanted.count) == 0 }) { return true }
            guard let end = bytes[start...].firstIndex(of: 0) else { return false }
            start = end + 1
        }
        return false
    }
}
