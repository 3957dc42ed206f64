import FlomModel
import FlomRandom
import FlomWire
import Testing

/// Queries and pages: verb 19.
@Suite struct HistoryMessageTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func queriesAndPagesOfAllKinds(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<1000 {
            let query = ClientMessage.query(random.historyQuery())
            #expect(try ClientMessage(decoding: query.encoded()) == query)
            let page = ServerMessage.page(random.historyPage(rows: Int.random(in: 0...5, using: &random)))
            let frame = page.encoded()
            try #require(try ServerMessage(decoding: frame) == page, "\(String(decoding: frame, as: UTF8.self))")
        }
    }

    // MARK: - What fits

    private func row(_ number: Int64, command: [[UInt8]] = []) -> HistoryRow {
        var row = HistoryRow(
            request: RequestID(number), resource: Array("R1".utf8), mode: .exclusive, outcome: .held, askedAt: number)
        row.command = command
        return row
    }

    private func encoded(_ page: HistoryPage) throws -> (page: HistoryPage, length: Int) {
        var frame: [UInt8] = []
        try #require(ServerMessage.page(page).encode(into: &frame))
        #expect(frame.count <= FrameLimit.betweenOurs)
        guard case .page(let read) = try ServerMessage(decoding: frame) else { throw WireError.unexpected("no page") }
        return (read, frame.count)
    }

    /// Whatever the sentence weighs when it is escaped, it leaves the page within its frame.
    @Test(arguments: ["the disk is full", "\"<&>\" ü", String(repeating: "\"", count: 5000)])
    func aDaemonsTroubleGoesWithItsFigures(trouble: String) throws {
        var page = HistoryPage(rows: (1...400).map { row($0, command: [[UInt8](repeating: 65, count: 150)]) })
        page.counters = DaemonCounters()
        page.counters!.trouble = trouble
        let (read, _) = try encoded(page)
        #expect(read.counters?.trouble == String(trouble.prefix(1000)) && read.hasMore && !read.rows.isEmpty)
        #expect(try encoded(HistoryPage(rows: [])).page.counters == nil)
    }

    /// Page after page everything arrives, once and in order, whatever the rows weigh.
    @Test(arguments: [0, 10, 1000, 20_000, 48_000]) func aPageTakesAsManyRowsAsFit(weight: Int) throws {
        let command = weight == 0 ? [] : [[UInt8](repeating: UInt8(ascii: "w"), count: weight)]
        var left = (1...(weight > 5000 ? 10 : 2000)).map { row(Int64($0), command: command) }
        var query = HistoryQuery()
        while true {
            let (page, length) = try encoded(HistoryPage(rows: left, upTo: RequestID(5000)))
            #expect(page.rows == Array(left[..<page.rows.count]) && page.upTo == RequestID(5000))
            #expect(page.hasMore == (page.rows.count < left.count))
            left.removeFirst(page.rows.count)
            guard let next = query.following(page) else { break }
            // The next row would not have fitted.
            #expect(length + weight / 3 * 4 + 200 > FrameLimit.betweenOurs)
            #expect(next.after == page.rows.last?.request && next.upTo == RequestID(5000) && next.limit == nil)
            query = next
        }
        #expect(left.isEmpty)
    }

    @Test func thereIsMoreIfTheJournalSaysSo() throws {
        #expect(try encoded(HistoryPage(rows: [row(1)], hasMore: true)).page.hasMore)
        #expect(try !encoded(HistoryPage(rows: [row(1)], hasMore: false)).page.hasMore)
    }

    /// As `describe` cuts it, and alike wherever the row stands.
    @Test(arguments: ["x", "ä", "€", "👍"]) func aRowWhoseCommandIsTooLongStillFits(word: String) throws {
        for length in [48_700, 49_050, 60_000] {
            let command = [Array("sh".utf8), Array(String(repeating: word, count: length / word.utf8.count).utf8)]
            let alone = try encoded(HistoryPage(rows: [row(2, command: command)])).page
            let read = try #require(alone.rows.first)
            if read.command != command {
                let last = try #require(String(validating: read.command.last!, as: UTF8.self), "cut within a character")
                #expect(last.hasSuffix("…") && command[1].starts(with: last.dropLast().utf8) && read.command[0] == command[0])
                #expect(read.command.joined().count > 48_000)
            } else {
                #expect(length < 60_000)
            }
            // Behind a short row it may have to wait for the next page, but is no shorter there.
            let behind = try encoded(HistoryPage(rows: [row(1), row(2, command: command)])).page
            #expect(behind.hasMore ? behind.rows == [row(1)] : behind.rows == [row(1), read])
            if length >= 60_000 { #expect(behind.hasMore) }
        }
    }

    @Test func anUnreasonableRowIsNotSentByHalves() {
        var odd = row(1)
        odd.detail = String(repeating: "d", count: 70_000)
        var bytes = Array("before".utf8)
        #expect(!ServerMessage.page(HistoryPage(rows: [odd])).encode(into: &bytes))
        #expect(bytes == Array("before".utf8))
        // Where the rest takes nearly all, the command goes.
        odd.detail = String(repeating: "d", count: 65_250)
        odd.command = [Array("make".utf8)]
        #expect(ServerMessage.page(HistoryPage(rows: [odd])).encode(into: &bytes))
        #expect(bytes.count <= 6 + FrameLimit.betweenOurs)
    }

    @Test func aLongReasonIsCut() throws {
        let frame = ServerMessage.queryRefused(reason: String(repeating: "r", count: 5000)).encoded()
        #expect(frame.count <= FrameLimit.towardsOldClient)
        guard case .queryRefused(let reason) = try ServerMessage(decoding: frame) else {
            throw WireError.unexpected("no refusal")
        }
        #expect(reason.hasSuffix("…"))
    }

    @Test func aQueryThatDoesNotFitIsRefusedAndNothingAppended() {
        var bytes = Array("before".utf8)
        let query = ClientMessage.query(HistoryQuery(resource: [UInt8](repeating: 1, count: 50_000)))
        #expect(throws: WireError.tooLong(limit: 65_536)) { try query.encode(into: &bytes) }
        #expect(bytes == Array("before".utf8))
    }

    // MARK: - What is refused

    @Test(arguments: [
        "", "<query/>", "<query limit=\"1\"/>", "<query open=\"x\"/>", "<query open=\"0\" limit=\"-1\"/>",
        "<query open=\"0\" size=\"0\"/>", "<query open=\"0\" after=\"-1\"/>", "<query open=\"0\" upto=\"9223372036854775808\"/>",
        "<query open=\"0\" resource=\"A\"/>",
    ])
    func badQuery(content: String) {
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"19\" step=\"8\" x=\"1\">\(content)</msg>") }
    }

    private static let goodRow = "request=\"1\" resource=\"UjE=\" mode=\"5\" outcome=\"held\" asked=\"1\""

    @Test(arguments: [
        "", "<answer rc=\"0\"/>", "<answer x-why=\"w\"/>", "<page upto=\"1\"/>", "<row \(goodRow)/>",
        "<row request=\"1\"/><page more=\"0\"/>",
        "<row \(goodRow.replacing("held", with: "lost"))/><page more=\"0\"/>",
        "<row \(goodRow.replacing("mode=\"5\"", with: "mode=\"6\""))/><page more=\"0\"/>",
        "<row \(goodRow.replacing("UjE=", with: "U"))/><page more=\"0\"/>",
        "<row \(goodRow) argv=\"YQ==\"/><page more=\"0\"/>", "<row \(goodRow) place=\"0\"/><page more=\"0\"/>",
        "<row \(goodRow) uid=\"-1\"/><page more=\"0\"/>",
        "<row \(goodRow) fence=\"9007199254740992\"/><page more=\"0\"/>",
        // What one row lacks the next one does not bring.
        "<row request=\"1\" resource=\"UjE=\" mode=\"5\"/><row outcome=\"held\" asked=\"1\"/><page more=\"0\"/>",
    ])
    func badAnswer(content: String) {
        #expect(throws: WireError.self) { try ServerMessage("<msg verb=\"19\" step=\"16\" x=\"1\">\(content)</msg>") }
    }

    @Test func withoutTheMarkerThereAreNone() {
        for fixture in Fixture.ours where fixture.name.hasPrefix("query") || fixture.name == "page" {
            let text = fixture.message.replacing(" x=\"1\"", with: "")
            #expect(throws: WireError.self) { try ClientMessage(text) }
            #expect(throws: WireError.self) { try ServerMessage(text) }
        }
    }

    @Test func aLaterVersionMayBringMore() throws {
        let text = """
            <msg verb="19" step="16" x="2"><new a="1"/><row \(Self.goodRow) new="1"><new a="1"/></row>\
            <row \(Self.goodRow.replacing("request=\"1\"", with: "request=\"2\""))/><page more="0" new="1"/></msg>
            """
        guard case .page(let page) = try ServerMessage(text) else { throw WireError.unexpected("no page") }
        #expect(page.rows.map(\.request.number) == [1, 2] && !page.hasMore && page.upTo == nil)
    }
}

extension FixtureTests {
    static let releasedRow: HistoryRow = {
        var row = HistoryRow(
            request: RequestID(17), resource: Array("R1".utf8), mode: .exclusive, outcome: .released,
            askedAt: 1_700_000_000_000_000)
        row.grantedAt = 1_700_000_000_250_000
        row.endedAt = 1_700_000_003_250_000
        row.waitedNanoseconds = 250_000_000
        row.heldNanoseconds = 3_000_000_000
        (row.user, row.host, row.uid) = ("operator", "build-7", 1000)
        (row.clientPID, row.commandPID) = (4711, 4712)
        row.command = ["make", "-j8", "all"].map { Array($0.utf8) }
        row.exitStatus = 0
        row.token = FencingToken(epoch: 1, counter: 1)
        return row
    }()

    static let awayRow: HistoryRow = {
        var row = HistoryRow(
            request: RequestID(17), resource: Array("R1".utf8), mode: .exclusive, outcome: .held,
            askedAt: 1_700_000_000_000_000)
        (row.grantedAt, row.waitedNanoseconds) = (1_700_000_000_250_000, 250_000_000)
        (row.user, row.host, row.token) = ("operator", "build-7", FencingToken(epoch: 1, counter: 1))
        (row.isAway, row.keptUntil) = (true, 1_700_000_030_000_000)
        return row
    }()

    static let waitingRow: HistoryRow = {
        var row = HistoryRow(
            request: RequestID(18), resource: Array("R1".utf8), mode: .exclusive, outcome: .waiting,
            askedAt: 1_700_000_001_000_000)
        (row.queuedAt, row.place) = (row.askedAt, 1)
        return row
    }()

    static let refusedRow: HistoryRow = {
        var row = HistoryRow(
            request: RequestID(18), resource: Array("R1".utf8), mode: .protectedRead, outcome: .refused,
            askedAt: 1_700_000_001_000_000)
        row.endedAt = row.askedAt
        row.waitedNanoseconds = 0
        (row.user, row.host, row.clientPID) = ("operator", "build-7", 4713)
        row.detail = "busy"
        (row.group, row.parent) = (RequestID(18), RequestID(17))
        return row
    }()
}

extension SeededRandom {
    fileprivate mutating func historyQuery() -> HistoryQuery {
        var query = HistoryQuery(onlyOpen: chance(percent: 50))
        if chance(percent: 50) { query.filter.resource = bytes(upTo: 20) }
        if chance(percent: 30) { query.filter.resourcePattern = bytes(upTo: 20) }
        if chance(percent: 30) { query.filter.since = Int64.random(in: .min ... .max, using: &self) }
        if chance(percent: 30) { query.filter.until = Int64.random(in: .min ... .max, using: &self) }
        if chance(percent: 30) { query.filter.user = "user" + String(Int.random(in: 0...9, using: &self)) }
        if chance(percent: 30) { query.filter.host = "höst\u{1}" }
        if chance(percent: 30) { query.filter.command = bytes(upTo: 20) }
        if chance(percent: 30) { query.filter.outcomes = Set(RequestOutcome.allCases.filter { _ in chance(percent: 50) }) }
        if chance(percent: 30) { query.filter.request = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        query.newestFirst = chance(percent: 50)
        if chance(percent: 50) { query.limit = Int.random(in: 0...Int.max, using: &self) }
        if chance(percent: 50) { query.after = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        if chance(percent: 50) { query.upTo = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        if chance(percent: 50) { query.pageSize = Int.random(in: 1...Int.max, using: &self) }
        return query
    }

    fileprivate mutating func historyPage(rows count: Int) -> HistoryPage {
        var page = HistoryPage(rows: (0..<count).map { _ in historyRow() }, hasMore: chance(percent: 50))
        if chance(percent: 50) { page.upTo = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        return page
    }

    private mutating func historyRow() -> HistoryRow {
        var row = HistoryRow(
            request: RequestID(Int64.random(in: 0...Int64.max, using: &self)), resource: bytes(upTo: 20),
            mode: LockMode.allCases.randomElement(using: &self)!, outcome: RequestOutcome.allCases.randomElement(using: &self)!,
            askedAt: moment())
        row.isOrphan = chance(percent: 50)
        if chance(percent: 50) { row.queuedAt = moment() }
        if chance(percent: 50) { row.grantedAt = moment() }
        if chance(percent: 50) { row.endedAt = moment() }
        if chance(percent: 50) { row.waitedNanoseconds = moment() }
        if chance(percent: 50) { row.heldNanoseconds = moment() }
        if chance(percent: 50) { row.user = text(upTo: 20) }
        if chance(percent: 50) { row.host = text(upTo: 20) }
        if chance(percent: 50) { row.uid = UInt32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.clientPID = Int32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.commandPID = Int32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.command = (0..<Int.random(in: 0...4, using: &self)).map { _ in bytes(upTo: 20, from: 1) } }
        if chance(percent: 50) { row.exitStatus = Int32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.signal = Int32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.detail = text(upTo: 20) }
        if chance(percent: 50) { row.token = FencingToken(Int64.random(in: 0..<(1 << 53), using: &self)) }
        if chance(percent: 50) { row.quantity = Int32(truncatingIfNeeded: next()) }
        if chance(percent: 50) { row.element = bytes(upTo: 20) }
        if chance(percent: 50) { row.group = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        row.isAway = chance(percent: 50)
        if chance(percent: 50) { row.keptUntil = moment() }
        if chance(percent: 50) { row.place = Int.random(in: 1...Int.max, using: &self) }
        if chance(percent: 50) { row.parent = RequestID(Int64.random(in: 0...Int64.max, using: &self)) }
        return row
    }

    private mutating func moment() -> Int64 { Int64(truncatingIfNeeded: next()) }
}
