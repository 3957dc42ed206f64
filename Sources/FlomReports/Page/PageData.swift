internal import FlomModel
internal import FlomStore

/// The rows in the form that the page's script reads: one column for each field, numbers as differences from the row before, and
/// each text once. Ten thousand requests are well under a megabyte.
struct PageData {
    private var numbers: [Int64?] = []
    private var asked: [Int64?] = []
    private var waited: [Int64?] = []
    private var held: [Int64?] = []
    private var states: [Int64?] = []
    private var pids: [Int64?] = []
    private var tokens: [Int64?] = []
    private var resources = TextTable(bytes: 120_000)
    private var takens = TextTable(bytes: 60_000)
    private var outcomes = TextTable(bytes: 60_000)
    private var whos = TextTable(bytes: 60_000)
    private var commands = TextTable(bytes: 300_000)
    private let first: Int64

    private var last = (number: Int64(0), asked: Int64(0), token: Int64(0))

    /// - Parameter now: the end of the time that open requests have lasted, in microseconds since 1970-01-01 UTC.
    init(_ rows: [HistoryRow], now: Int64) {
        first = rows.first?.askedAt ?? now
        last.asked = first
        for row in rows { add(row, now) }
    }

    private mutating func add(_ row: HistoryRow, _ now: Int64) {
        numbers.append(row.request.number - last.number)
        asked.append(row.askedAt - last.asked)
        (last.number, last.asked) = (row.request.number, row.askedAt)
        waited.append(row.waitedNanoseconds.map { $0 / 1000 } ?? max(0, now - row.askedAt))
        held.append(row.grantedAt.map { grantedAt in row.heldNanoseconds.map { $0 / 1000 } ?? max(0, now - grantedAt) })
        states.append(Int64(RowState(row).rawValue))
        pids.append(row.clientPID.map(Int64.init))
        tokens.append(row.token.map { $0.value - last.token })
        if let token = row.token { last.token = token.value }
        resources.add(SafeText.shown(row.resource))
        takens.add(TakenText.of(row))
        outcomes.add(OutcomeText.of(row))
        whos.add(SafeText.shown("\(row.user)@\(row.host)"))
        commands.add(SafeText.command(row.command))
    }

    /// - Parameter zone: minutes that the page's times are ahead of UTC.
    func json(zone: Int, now: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("zone", zone)
        writer.field("now", now)
        writer.field("first", first)
        writer.field("number", numbers: numbers)
        writer.field("asked", numbers: asked)
        writer.field("waited", numbers: waited)
        writer.field("held", numbers: held)
        writer.field("state", numbers: states)
        writer.field("pid", numbers: pids)
        writer.field("token", numbers: tokens)
        writer.field("resource", numbers: resources.numbers)
        writer.field("taken", numbers: takens.numbers)
        writer.field("outcome", numbers: outcomes.numbers)
        writer.field("who", numbers: whos.numbers)
        writer.field("command", numbers: commands.numbers)
        writer.field("resources", words: resources.words)
        writer.field("takens", words: takens.words)
        writer.field("outcomes", words: outcomes.words)
        writer.field("whos", words: whos.words)
        writer.field("commands", words: commands.words)
        writer.endObject()
        return writer.bytes
    }
}

/// The state of a request, for its colour. The script has the same words in the same order.
enum RowState: Int, CaseIterable {
    case released
    /// The command failed, and the lock was released.
    case failed
    /// The lock was taken away.
    case lost
    /// The request ended without the lock.
    case without
    case open
    case waiting

    init(_ row: HistoryRow) {
        switch row.outcome {
        case .waiting, .awaitingCreation: self = .waiting
        case .held: self = .open
        case .reclaimed, .broken: self = .lost
        case .timedOut, .refused, .withdrawn: self = .without
        case .released: self = row.signal != nil || (row.exitStatus ?? 0) != 0 ? .failed : .released
        }
    }

    /// The class in the page's style.
    var word: String { "\(self)" }
}

/// A table of texts, each stored once.
private struct TextTable {
    /// Bytes of all texts together. Beyond it long texts are cut to an equal share, but never below `leastBytes`.
    private let bytes: Int
    private static let leastBytes = 24

    private var texts: [String] = []
    private var places: [String: Int64] = [:]
    private(set) var numbers: [Int64?] = []

    init(bytes: Int) { self.bytes = bytes }

    mutating func add(_ text: String) {
        if let place = places[text] { return numbers.append(place) }
        places[text] = Int64(texts.count)
        numbers.append(Int64(texts.count))
        texts.append(text)
    }

    var words: [[UInt8]] {
        let all = texts.reduce(0) { $0 + $1.utf8.count }
        guard all > bytes else { return texts.map { Array($0.utf8) } }
        // What short texts do not use is left for the long ones.
        var limit = max(Self.leastBytes, bytes / texts.count)
        let left = texts.reduce(bytes) { $0 - min($1.utf8.count, limit) }
        let long = texts.count { $0.utf8.count > limit }
        if left > 0 && long > 0 { limit += left / long }
        return texts.map { Self.cut($0, limit) }
    }

    private static func cut(_ text: String, _ limit: Int) -> [UInt8] {
        guard text.utf8.count > limit else { return Array(text.utf8) }
        var left = limit - 3
        let beginning = text.unicodeScalars.prefix { scalar in
            left -= String(scalar).utf8.count
            return left >= 0
        }
        return Array(String(beginning).utf8) + Array("…".utf8)
    }
}
