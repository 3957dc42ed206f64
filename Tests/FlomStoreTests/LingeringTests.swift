import FlomModel
import FlomRandom
import Testing

@testable import FlomStore

/// What is open is found whatever has come after it, by those who start anew and by those who only look.
@Suite struct LingeringTests {
    let directory = TemporaryDirectory()

    private func lingering(_ database: Database) throws -> [Int64] {
        let rows = try database.statement("SELECT request FROM lingering ORDER BY request")
        defer { rows.reset() }
        var numbers: [Int64] = []
        while try rows.step() { numbers.append(rows.integer(0)) }
        return numbers
    }

    /// A schedule by lot: in each commit some ask, some of those who have been open for any time end, and some commits fail.
    @Test(arguments: [3, 11, 29] as [UInt64]) func nothingOpenIsEverMissed(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var journal = try Journal.open(directory.settings, now: second(0))
        var open: [Int64] = []
        var next: Int64 = 1
        for turn in 1...400 as ClosedRange<Int64> {
            let before = (open, next)
            var entries: [Journal.Entry] = []
            for _ in 0..<Int.random(in: 0..<(turn % 50 == 0 ? 700 : 12), using: &random) {
                entries.append(event(next, .requested(request("R\(next % 5)"))))
                if Int.random(in: 0..<20, using: &random) == 0 {
                    open.append(next)
                } else {
                    entries.append(event(next, .withdrawn(.hungUp)))
                }
                next += 1
            }
            // The oldest rarely, the newest often.
            while !open.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
                let number = open.remove(at: max(0, open.count - 1 - Int.random(in: 0..<8, using: &random)))
                entries.append(event(number, .withdrawn(.hungUp)))
            }
            if Int.random(in: 0..<10, using: &random) == 0 {
                #expect(throws: JournalError.self) {
                    try journal.commit(entries + [event(1_000_000, .released(.exited(status: 0)))], at: second(turn))
                }
                (open, next) = before
            } else {
                try journal.commit(entries, at: second(turn))
            }
            if turn % 97 == 0 {
                journal.close()
                journal = try Journal.open(directory.settings, now: second(turn))
            }
            guard turn % 10 == 0 else { continue }
            open.sort()
            #expect(try journal.recover().openRequests.map(\.id.number) == open)
            let reader = try JournalReader.open(path: directory.journal)
            #expect(try reader.rows(HistoryQuery(onlyOpen: true)).map(\.request.number) == open)
            #expect(
                try reader.rows(HistoryQuery(HistoryFilter(onlyOpen: true), newestFirst: true)).map(\.request.number)
                    == open.reversed())
            let some = Int64.random(in: 0..<next, using: &random)
            #expect(
                try reader.rows(HistoryQuery(onlyOpen: true, after: RequestID(some))).map(\.request.number)
                    == open.filter { $0 > some })
            reader.close()
        }
        #expect(open.count > 5 && next > 2000)
        // What is in the table is open, and no more than it has to be.
        #expect(Set(try lingering(journal.database)).isSubset(of: Set(open)))
    }

    /// Ordinary locks never get into it.
    @Test func whatEndsSoonIsNotWritten() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commit([event(1, .requested(request("Long")))], at: second(1))
        try journal.commitLives(2...1200)
        #expect(try lingering(journal.database) == [1])
        try journal.commit([event(1, .withdrawn(.hungUp))], at: second(2000))
        #expect(try lingering(journal.database) == [])
    }

    /// More than a page of them, with gaps.
    @Test func manyAreReadPageByPage() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        var open: [Int64] = []
        for start in stride(from: 1, to: 4000, by: 500) as StrideTo<Int64> {
            var entries: [Journal.Entry] = []
            for number in start..<(start + 500) {
                entries.append(event(number, .requested(request())))
                if number % 3 != 0 { open.append(number) } else { entries.append(event(number, .withdrawn(.hungUp))) }
            }
            try journal.commit(entries, at: second(start))
        }
        let reader = try JournalReader.open(path: directory.journal)
        #expect(try reader.rows(HistoryQuery(onlyOpen: true)).map(\.request.number) == open)
        #expect(
            try reader.rows(HistoryQuery(HistoryFilter(onlyOpen: true), newestFirst: true)).map(\.request.number)
                == open.reversed())
    }
}
