import FlomModel
import Testing

@testable import FlomStore

/// The history page by page, as a daemon sends it: `HistoryTests` reads it in one go.
@Suite struct PageTests {
    let directory = TemporaryDirectory()
    let journal: Journal

    init() throws { journal = try Journal.open(directory.settings, now: second(0)) }

    private func reader() throws -> JournalReader { try JournalReader.open(path: directory.journal) }

    /// The numbers on each page, from the first to the last.
    private func pages(_ query: HistoryQuery, _ reader: JournalReader) throws -> [[Int64]] {
        var pages: [[Int64]] = []
        var next: HistoryQuery? = query
        while let query = next {
            let page = try reader.page(query)
            #expect(!page.hasMore || !page.rows.isEmpty)
            pages.append(page.rows.map(\.request.number))
            next = query.following(page)
            try #require(pages.count < 1000)
        }
        return pages
    }

    @Test func anEmptyJournalHasOneEmptyPage() throws {
        let page = try reader().page(HistoryQuery())
        #expect(page == HistoryPage(rows: [], hasMore: false, upTo: nil))
        #expect(try reader().page(HistoryQuery(after: RequestID(5), upTo: RequestID(9))).rows.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 9, 10, 11, 10_000]) func pagesOfAnySizeMakeTheWhole(size: Int) throws {
        try journal.commitLives(1...10)
        let pages = try pages(HistoryQuery(pageSize: size), reader())
        #expect(pages.joined().elementsEqual(1...10))
        #expect(pages.dropLast().allSatisfy { $0.count == size })
        // No empty page at the end, also where the size divides the number of rows.
        #expect(pages.count == (10 + size - 1) / size)
    }

    @Test func aPageIsBoundedWhateverIsAskedFor() throws {
        try journal.commitLives(1...300)
        let page = try reader().page(HistoryQuery(pageSize: Int.max))
        #expect(page.rows.count == HistorySelection.pageRows && page.hasMore && page.upTo == RequestID(300))
    }

    @Test func longCommandsMakeShortPages() throws {
        let word = [UInt8](repeating: UInt8(ascii: "w"), count: 30_000)
        try journal.commitLives(1...9)
        try journal.commit((1...9).map { event($0, .described(command: [word])) }, at: second(20))
        #expect(try pages(HistoryQuery(), reader()) == [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    }

    @Test(arguments: [0, 1, 4, 5, 9, 10, 11, 1000]) func theLimitIsOfTheWholeAndNotOfAPage(limit: Int) throws {
        try journal.commitLives(1...10)
        for size in [1, 3, 100] {
            let pages = try pages(HistoryQuery(limit: limit, pageSize: size), reader())
            #expect(pages.joined().elementsEqual((1...10).suffix(limit)), "\(size)")
        }
    }

    @Test func afterAndUpTo() throws {
        try journal.commitLives(1...10)
        let reader = try reader()
        #expect(try pages(HistoryQuery(after: RequestID(7), pageSize: 2), reader) == [[8, 9], [10]])
        #expect(try pages(HistoryQuery(after: RequestID(0)), reader) == [Array(1...10)])
        #expect(try pages(HistoryQuery(after: RequestID(10)), reader) == [[]])
        #expect(try pages(HistoryQuery(after: RequestID(.max)), reader) == [[]])
        #expect(try pages(HistoryQuery(upTo: RequestID(2)), reader) == [[1, 2]])
        #expect(try pages(HistoryQuery(upTo: RequestID(.max)), reader) == [Array(1...10)])
        #expect(try pages(HistoryQuery(after: RequestID(5), upTo: RequestID(5)), reader) == [[]])
        #expect(try pages(HistoryQuery(after: RequestID(9), upTo: RequestID(3)), reader) == [[]])
        // The newest requests of the range.
        #expect(try pages(HistoryQuery(limit: 2, after: RequestID(3), upTo: RequestID(8)), reader) == [[7, 8]])
        #expect(try pages(HistoryQuery(limit: 9, after: RequestID(6), upTo: RequestID(8)), reader) == [[7, 8]])
    }

    @Test func oneResourceAndWhatIsOpen() throws {
        for number in 1...12 as ClosedRange<Int64> {
            try journal.commitLives(number...number, of: number % 3 == 0 ? "Third" : "Other")
        }
        try journal.commit((13...20).map { event($0, .requested(request($0 % 2 == 0 ? "Even" : "Odd"))) }, at: second(13))
        let reader = try reader()
        let third = Array("Third".utf8)
        #expect(try pages(HistoryQuery(resource: third, pageSize: 3), reader) == [[3, 6, 9], [12]])
        #expect(try pages(HistoryQuery(resource: third, limit: 3, pageSize: 2), reader) == [[6, 9], [12]])
        #expect(try pages(HistoryQuery(resource: third, after: RequestID(6)), reader) == [[9, 12]])
        #expect(try pages(HistoryQuery(resource: Array("third".utf8)), reader) == [[]])
        #expect(try pages(HistoryQuery(onlyOpen: true, pageSize: 5), reader) == [Array(13...17), Array(18...20)])
        #expect(
            try pages(HistoryQuery(resource: Array("Even".utf8), onlyOpen: true, limit: 3, pageSize: 2), reader) == [
                [16, 18], [20],
            ])
    }

    /// A reader that goes from page to page sees the journal's end as it was at the first page.
    @Test func whatIsAskedForMeanwhileIsNotIncluded() throws {
        try journal.commitLives(1...4)
        let reader = try reader()
        let query = HistoryQuery(limit: 3, pageSize: 2)
        let first = try reader.page(query)
        try journal.commitLives(5...8)
        let next = try #require(query.following(first))
        let second = try reader.page(next)
        #expect(first.rows.map(\.request.number) == [2, 3] && second.rows.map(\.request.number) == [4])
        #expect(next.following(second) == nil)
    }
}
