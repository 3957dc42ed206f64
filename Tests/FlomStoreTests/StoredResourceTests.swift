import FlomModel
import Testing

@testable import FlomStore

/// The state that outlives the daemon besides its open requests: elements, resources, last stamps.
@Suite struct StoredResourceTests {
    private let files = TemporaryDirectory()

    private func name(_ text: String) throws -> ResourceName { try ResourceName(Array(text.utf8)) }

    @Test func elementsAndQuantities() throws {
        let journal = try Journal.open(files.settings, now: second(0))
        var pool = request("n[5]")
        pool.quantity = 3
        try journal.commit([event(1, .requested(pool)), event(1, .queued(position: 1))], at: second(1))
        try journal.commit(
            [event(2, .requested(request("a.b"))), event(2, .granted(token(1), element: Array("b".utf8)))], at: second(2))
        try journal.commit([event(1, .granted(token(2)))], at: second(3))
        journal.close()

        let open = try Journal.open(files.settings, now: second(4)).recover().openRequests
        #expect(open.map(\.request.quantity) == [3, 1])
        #expect(open.map(\.element) == [nil, Array("b".utf8)])
        let reader = try JournalReader.open(path: files.journal)
        var rows: [HistoryRow] = []
        try reader.history(HistoryQuery()) { rows.append($0) }
        #expect(rows.map(\.quantity) == [3, nil] && rows.map(\.element) == [nil, Array("b".utf8)])
    }

    @Test func whatKindsRemember() throws {
        let stamp = TimestampValue(shown: 77, text: Array("07".utf8))
        let living = try [
            StoredResource(name: name("R"), idleLifespanMilliseconds: 7, idleSince: second(1).boottime, state: nil),
            StoredResource(name: name("a.b.c"), idleLifespanMilliseconds: 0, idleSince: nil, state: .set(rested: [2, 0])),
            StoredResource(
                name: name("_S_x[1]"), idleLifespanMilliseconds: 0, idleSince: nil,
                state: .sequence(next: 4_294_967_295, rolledBack: [5, 3])),
            StoredResource(
                name: name("_t_%S[1]"), idleLifespanMilliseconds: 0, idleSince: nil,
                state: .timestamp(firstShown: -5, last: stamp)),
        ]
        let journal = try Journal.open(files.settings, now: second(0))
        try journal.advanceEpoch(bootID: files.settings.bootID)
        try journal.commit([], changes: living.map { .lives($0) }, at: second(2))
        var recovered = try journal.recover()
        var expected = living
        expected[3].state = .timestamp(firstShown: -5, last: nil)
        #expect(Set(recovered.resources) == Set(expected))
        #expect(recovered.lastStamps == [living[3].name: stamp])

        // Only the last change counts, and a stamp is remembered for ever.
        try journal.commit(
            [], changes: [.ended(living[0].name), .ended(living[3].name), .ended(living[1].name), .lives(living[1])],
            at: second(3))
        recovered = try journal.recover()
        #expect(Set(recovered.resources.map(\.name.description)) == ["a.b.c", "_S_x[1]"])
        #expect(recovered.lastStamps.count == 1)
        try journal.commit([], changes: [.allEnded], at: second(4))
        recovered = try journal.recover()
        #expect(recovered.resources.isEmpty && recovered.lastStamps.count == 1)
    }

    /// Boot times of another boot mean nothing: then the wall clock says how long a resource was idle.
    @Test func idlingCountsThroughAReboot() throws {
        let journal = try Journal.open(files.settings, now: second(0))
        try journal.advanceEpoch(bootID: files.settings.bootID)
        let idle = StoredResource(
            name: try name("R"), idleLifespanMilliseconds: 0, idleSince: second(10).boottime, state: nil)
        try journal.commit([], changes: [.lives(idle)], at: second(12))
        #expect(try journal.recover().resources == [idle])
        journal.close()
        var settings = files.settings
        settings.bootID = "another"
        let later = try Journal.open(settings, now: second(40))
        #expect(try later.recover().resources.first?.idleSince == second(10).boottime)
        try later.advanceEpoch(bootID: "another")
        #expect(try later.recover().resources.first?.idleSince == second(10).boottime)
    }
}
