import FlomModel
import Migrations
import Testing

@testable import FlomStore

/// Journals of older versions, taken over by this one. Each fixture was written by the flom of its version, whose daemon was
/// killed while one command held a lock and another waited for it.
@Suite struct MigrationTests {
    let directory = TemporaryDirectory()

    @Test(arguments: ["version1.journal", "version2.journal", "version4.journal", "version8.journal"])
    func nothingOfAnOlderJournalIsLost(fixture: String) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        write(contents("/\(folder)/Fixtures/\(fixture)"), to: directory.journal)
        let settings = Journal.Settings(path: directory.journal, machineID: "", bootID: "another boot")

        let journal = try Journal.open(settings, now: second(100))
        let recovered = try journal.recover()
        #expect(recovered.openRequests.map(\.id.number) == [2, 3])
        #expect(recovered.openRequests.map { String(decoding: $0.request.resource.bytes, as: UTF8.self) } == ["held", "held"])
        #expect(recovered.openRequests.map(\.request.mode) == [.protectedRead, .exclusive])
        #expect(recovered.openRequests.map(\.phase) == [.held(FencingToken(137_438_953_474)), .waiting])
        #expect(recovered.openRequests[0].commandLine == [Array("sleep".utf8), Array("100".utf8)])
        #expect(recovered.nextRequestNumber == 5)
        #expect(recovered.lastTokenCounter == 2)

        // It continues as this version's own.
        try journal.commit([event(2, .released(.exited(status: 0))), event(5, .requested(request("R1")))], at: second(101))
        #expect(try journal.database.integer("PRAGMA user_version") == Int64(Migrations.all.count))
        journal.close()

        let reader = try JournalReader.open(path: directory.journal)
        var rows: [HistoryRow] = []
        try reader.history(HistoryQuery()) { rows.append($0) }
        #expect(rows.map(\.outcome) == [.released, .released, .waiting, .refused, .waiting])
        #expect(try reader.verify().firstBad == nil)
    }

    /// Since version 9 open requests are found in a table once enough newer requests have come.
    @Test func whatIsOpenBehindManyOthersIsFound() throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        write(contents("/\(folder)/Fixtures/version8.journal"), to: directory.journal)
        let older = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        try older.execute("CREATE TEMP TABLE ended AS SELECT * FROM request WHERE number = 4")
        for number in 5...2000 {
            try older.execute("UPDATE ended SET number = \(number); INSERT INTO request SELECT * FROM ended")
        }
        // A reader may come before the daemon that brings it up to date.
        let reader = try JournalReader.open(path: directory.journal)
        #expect(try reader.rows(HistoryQuery(onlyOpen: true)).map(\.request.number) == [2, 3])
        reader.close()
        older.close()
        let journal = try Journal.open(.init(path: directory.journal, machineID: "", bootID: "boot"), now: second(100))
        #expect(try journal.recover().openRequests.map(\.id.number) == [2, 3])
        #expect(try journal.database.integer("SELECT count(*) FROM lingering") == 2)
        try journal.commit([event(3, .withdrawn(.hungUp))], at: second(101))
        #expect(try journal.recover().openRequests.map(\.id.number) == [2])
    }
}
