internal import FlomModel

/// A summary of 512 ended requests with consecutive numbers. A query skips them if it asks for something that none of them has.
///
/// An index on each searchable column would write one or two more pages with every lock. A summary is one row for 512 requests,
/// and no client waits for it.
package struct RequestBlock: Hashable, Sendable {
    package static let size: Int64 = 512
    /// Bytes of distinct command lines up to which they are kept. Beyond it the requests themselves are searched.
    static let commandLimit = 16 * 1024

    /// The number of its first request: 1, 513, 1025 …
    package let first: Int64
    var askedFrom = Int64.max
    var endedTo = Int64.min
    var outcomes: Int64 = 0
    var resources: Set<Int64> = []
    var users: Set<[UInt8]> = []
    var hosts: Set<[UInt8]> = []
    /// Distinct command lines in the form of column `request.command`; nil when they are too long together.
    var commands: Set<[UInt8]>? = []
    private var commandBytes = 0

    init(first: Int64) { self.first = first }

    package var last: Int64 { first + Self.size - 1 }

    /// The first number of the block that a request belongs to.
    static func first(of number: Int64) -> Int64 { (number - 1) / size * size + 1 }

    static func bit(_ outcome: RequestOutcome) -> Int64 {
        1 << Int64(RequestOutcome.allCases.firstIndex(of: outcome)!)
    }

    mutating func addCommand(_ command: [UInt8]) {
        guard !command.isEmpty, commands?.insert(command).inserted == true else { return }
        commandBytes += command.count + 1
        if commandBytes > Self.commandLimit { commands = nil }
    }
}

extension JournalReader {
    /// The blocks before the newest request that have no summary yet.
    package func missingBlocks() throws(JournalError) -> [Int64] {
        let database = try current()
        guard let newest = try database.integer("SELECT max(number) FROM request"),
            let oldest = try database.integer("SELECT min(number) FROM request")
        else { return [] }
        var there: Set<Int64> = []
        let rows = try database.statement("SELECT first FROM block")
        while try rows.step() { there.insert(rows.integer(0)) }
        return stride(from: RequestBlock.first(of: oldest), through: newest - RequestBlock.size + 1, by: Int(RequestBlock.size))
            .filter { !there.contains($0) }
    }

    /// Summarizes the requests of a block; nil while one of them is open, or when there are none.
    package func summarizeBlock(_ first: Int64) throws(JournalError) -> RequestBlock? {
        let rows = try current().statement(
            """
            SELECT asked_at, ended_at, outcome, resource, user, host, command FROM request WHERE number BETWEEN ?1 AND ?2
            """
        )
        var block = RequestBlock(first: first)
        rows.bind(1, block.first)
        rows.bind(2, block.last)
        defer { rows.reset() }
        while try rows.step() {
            guard let ended = rows.optionalInteger(1), let outcome = RequestOutcome(rawValue: rows.text(2)) else { return nil }
            block.askedFrom = min(block.askedFrom, rows.integer(0))
            block.endedTo = max(block.endedTo, ended)
            block.outcomes |= RequestBlock.bit(outcome)
            block.resources.insert(rows.integer(3))
            block.users.insert(rows.bytes(4))
            block.hosts.insert(rows.bytes(5))
            block.addCommand(rows.bytes(6))
        }
        return block.resources.isEmpty ? nil : block
    }
}
