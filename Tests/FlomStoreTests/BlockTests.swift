import FlomModel
import Testing

@testable import FlomStore

/// Filtered histories with summaries of blocks return the same as without them, and read less.
@Suite struct BlockTests {
    let directory = TemporaryDirectory()
    let journal: Journal

    init() throws { journal = try Journal.open(directory.settings, now: second(0)) }

    private func reader() throws -> JournalReader { try JournalReader.open(path: directory.journal) }

    /// Every 700th request is by a user, from a host, with a command and an end that no other has.
    private func fill(_ count: Int64) throws {
        for number in 1...count {
            let isRare = number % 700 == 0
            var asked = request(isRare ? "Rare" : "R\(number % 7)")
            asked.client.user = isRare ? "rare" : "user\(number % 5)"
            asked.client.host = isRare ? "far" : "near"
            let words = isRare ? ["seldom", "done"] : ["often", "\(number % 3)"]
            try journal.commit(
                [
                    event(number, .requested(asked)), event(number, .granted(token(number))),
                    event(number, .described(command: words.map { Array($0.utf8) })),
                    event(number, .released(isRare ? .signalled(9) : .exited(status: 0))),
                ], at: second(number))
        }
    }

    @discardableResult
    private func makeBlocks() throws -> Int {
        let reader = try reader()
        let blocks = try reader.missingBlocks().compactMap { try reader.summarizeBlock($0) }
        for block in blocks { try journal.keep(block) }
        return blocks.count
    }

    private static let filters: [(name: String, make: @Sendable (inout HistoryFilter) -> Void)] = [
        ("user", { $0.user = "rare" }),
        ("no such user", { $0.user = "are" }),
        ("host", { $0.host = "far" }),
        ("command", { $0.command = Array("dom do".utf8) }),
        ("two commands are not one", { $0.command = Array("done often".utf8) }),
        (
            "resource and user",
            {
                $0.resource = Array("R3".utf8)
                $0.user = "user1"
            }
        ),
        ("resource", { $0.resource = Array("Rare".utf8) }),
        ("no such resource", { $0.resource = Array("Are".utf8) }),
        ("pattern", { $0.resourcePattern = Array("Ra*".utf8) }),
        ("since", { $0.since = second(2990).wallMicroseconds }),
        ("until", { $0.until = second(10).wallMicroseconds }),
        ("outcome", { $0.outcomes = [.timedOut, .broken] }),
        ("everything", { _ in }),
    ]

    @Test func theSameWithAndWithoutThem() throws {
        try fill(3000)
        let reader = try reader()
        var answers: [[Int64]] = []
        for round in 1...2 {
            for (index, filter) in Self.filters.enumerated() {
                var asked = HistoryFilter()
                filter.make(&asked)
                for (way, query) in [
                    HistoryQuery(asked), HistoryQuery(asked, newestFirst: true), HistoryQuery(asked, limit: 3),
                    HistoryQuery(asked, limit: 3, newestFirst: true),
                ].enumerated() {
                    let found = try reader.rows(query).map(\.request.number)
                    if round == 1 {
                        answers.append(found)
                    } else {
                        #expect(found == answers[index * 4 + way], "\(filter.name), way \(way)")
                    }
                    if way == 1 { #expect(found == answers[index * 4].reversed(), "\(filter.name)") }
                    if way == 2 { #expect(found == Array(answers[index * 4].suffix(3)), "\(filter.name)") }
                    if way == 3 { #expect(found == Array(answers[index * 4].reversed().prefix(3)), "\(filter.name)") }
                }
            }
            if round == 1 { #expect(try makeBlocks() == 5) }
        }
        #expect(answers[0] == [700, 1400, 2100, 2800])
        #expect(answers[Self.filters.count * 4 - 4].count == 3000)
    }

    /// Requests that a filter cannot match are not read: counted in steps of SQLite's virtual machine, which do not depend on a
    /// clock.
    @Test func whatCannotMatchIsPassedOver() throws {
        try fill(3000)
        try makeBlocks()
        let reader = try reader()
        func steps(_ filter: (inout HistoryFilter) -> Void) throws -> Int32 {
            var asked = HistoryFilter()
            filter(&asked)
            let condition = try #require(try FilterCondition(asked, reader.current()))
            let statement = try reader.current().statement(
                """
                SELECT \(try HistoryRow.columns(reader.current())) FROM \(FilterCondition.source) WHERE \(condition.sql)
                ORDER BY request.number ASC LIMIT ?3
                """
            )
            let before = statement.machineSteps
            _ = try reader.page(HistoryQuery(asked))
            return statement.machineSteps - before
        }
        // Text that matches across the two NULs between two commands in every block, and no command.
        let all = try steps { $0.command = Array("often 0  often".utf8) }
        // The requests after the last block have to be read: 440 of 3000.
        #expect(try steps { $0.host = "nowhere" } * 4 < all)
        #expect(try steps { $0.command = Array("nothing".utf8) } * 4 < all)
        #expect(try steps { $0.resource = Array("Rare".utf8) } < all)
    }

    @Test func aBlockWithAnOpenRequestIsNotMade() throws {
        try fill(100)
        try journal.commit([event(101, .requested(request("Open")))], at: second(101))
        try journal.commitLives(102...600)
        #expect(try makeBlocks() == 0)
        try journal.commit([event(101, .withdrawn(.hungUp))], at: second(700))
        #expect(try makeBlocks() == 1)
        var late = HistoryFilter()
        late.since = second(650).wallMicroseconds
        #expect(try reader().rows(HistoryQuery(late)).map(\.request.number) == [101])
    }

    /// A client that was cut off reports its command long after its request has ended.
    @Test func aCommandThatIsToldLateIsFound() throws {
        try journal.commitLives(1...600)
        #expect(try makeBlocks() == 1)
        try journal.commit([event(5, .described(command: [Array("late".utf8)]))], at: second(700))
        var asked = HistoryFilter()
        asked.command = Array("late".utf8)
        #expect(try reader().rows(HistoryQuery(asked)).map(\.request.number) == [5])
        #expect(try makeBlocks() == 1)
        #expect(try reader().rows(HistoryQuery(asked)).map(\.request.number) == [5])
    }

    @Test func strangersFindCommandsByTheirProgramOnly() throws {
        try fill(700)
        var asked = HistoryFilter()
        asked.seesOnlyPrograms = true
        asked.command = Array("done".utf8)
        #expect(try reader().rows(HistoryQuery(asked)).isEmpty)
        asked.command = Array("eldo".utf8)
        #expect(try reader().rows(HistoryQuery(asked)).map(\.request.number) == [700])
    }

    /// A summary that says less than its requests would hide them from filters.
    @Test(arguments: [
        "outcomes = 0", "asked_from = asked_from + 1", "ended_to = ended_to - 1", "users = x'00'",
        "hosts = CAST(replace(hosts, 'far', 'fad') AS BLOB)",
        "resources = zeroblob(8)", "commands = x''",
    ])
    func aBlockThatHidesSomethingIsFound(change: String) throws {
        try fill(1100)
        // Words without a letter make two NULs meet.
        try journal.commit(
            [
                event(1101, .requested(request())), event(1101, .refused(.busy)),
                event(1101, .described(command: [Array("sh".utf8), [], [], Array("x".utf8), []])),
            ], at: second(1101))
        for number in 1102...1600 as ClosedRange<Int64> {
            try journal.commit([event(number, .requested(request())), event(number, .refused(.busy))], at: second(number))
        }
        try makeBlocks()
        #expect(try reader().verify().firstBad == nil)
        try journal.database.execute("UPDATE block SET \(change) WHERE first = 513")
        let bad = try reader().verify().firstBad
        #expect(bad?.reason == .blockAltered && bad?.request == 513)
    }

    @Test func aBlockGoesWithTheLastOfItsRequests() throws {
        try fill(1100)
        try makeBlocks()
        let pruning = Pruning(journal, by: "ada", before: second(600).wallMicroseconds)
        while case .goesOn = try pruning.step(at: second(2000), nanoseconds: 1_000_000_000) {}
        #expect(try journal.database.integer("SELECT min(first) FROM block") == 513)
        #expect(try reader().verify().firstBad == nil)
        #expect(try reader().missingBlocks().isEmpty)
    }
}
