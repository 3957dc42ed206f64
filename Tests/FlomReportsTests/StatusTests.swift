import FlomModel
import FlomReports
import Testing

/// A time in 2026, in microseconds since 1970-01-01 UTC.
let noon: Int64 = 1_795_000_000_000_000

func second(_ count: Int64) -> Int64 { count * 1_000_000 }

func row(
    _ number: Int64, _ resource: String, _ outcome: RequestOutcome, asked: Int64 = noon, granted: Int64? = nil,
    ended: Int64? = nil, _ change: (inout HistoryRow) -> Void = { _ in }
) -> HistoryRow {
    var row = HistoryRow(
        request: RequestID(number), resource: Array(resource.utf8), mode: .exclusive, outcome: outcome, askedAt: asked)
    (row.user, row.host, row.clientPID) = ("ada", "db1", Int32(100 + number))
    (row.grantedAt, row.endedAt) = (granted, ended)
    if outcome == .waiting { row.queuedAt = asked }
    change(&row)
    return row
}

/// The report about one moment.
@Suite struct StatusTests {
    @Test func holdersComeFirstAndWaitersHaveTheirPlaces() {
        let rows = [
            row(7, "b", .waiting), row(3, "b", .waiting), row(5, "b", .held), row(9, "a", .awaitingCreation),
            row(8, "a", .waiting),
        ]
        let status = StatusRows(rows, isComplete: true)
        #expect(status.rows.map(\.request.number) == [8, 9, 5, 3, 7])
        #expect(status.entries.map(\.place) == [1, nil, nil, 1, 2])
        // Among some of the rows no place can be counted.
        #expect(StatusRows(rows, isComplete: false).entries.allSatisfy { $0.place == nil && $0.pool == nil })
    }

    @Test(
        arguments: [
            ("licence[5]", ["2", "1"], 5, 2, "2 of 5"), ("licence[2]", ["2"], 2, 0, "0 of 2"),
            ("gpu0.gpu1.gpu2", ["=gpu1"], 3, 2, "2 of 3: gpu0 gpu2"), ("a1.a1", ["=a1"], 2, 1, "1 of 2: a1"),
            ("_s_ticket[3]", ["=17"], 3, 2, "2 of 3"),
        ] as [(String, [String], Int, Int, String)])
    func whatIsFree(name: String, held: [String], capacity: Int, free: Int, text: String) throws {
        let rows = held.enumerated().map { index, taken in
            row(Int64(index + 1), name, .held) {
                if taken.hasPrefix("=") { $0.element = Array(taken.dropFirst().utf8) } else { $0.quantity = Int32(taken) }
            }
        }
        let waiter = row(9, name, .waiting) { $0.quantity = 2 }
        let pool = try #require(StatusRows(rows + [waiter], isComplete: true).entries[0].pool)
        #expect((pool.capacity, pool.free, pool.text) == (capacity, free, text))
    }

    @Test func whatIsSharedByModesHasNoNumber() {
        for name in ["db", "/srv/db"] {
            #expect(StatusRows([row(1, name, .held)], isComplete: true).entries[0].pool == nil)
        }
    }

    @Test func jsonSaysWhatOnlyTheStatusKnows() {
        var json = RowJSON()
        let status = StatusRows(
            [
                row(1, "a1.b1", .held) { $0.element = Array("b1".utf8) },
                row(2, "a1.b1", .waiting) {
                    $0.isAway = true
                    $0.keptUntil = noon + 5
                },
            ], isComplete: true)
        let lines = status.entries.map { json.line($0) }
        #expect(lines[0].hasSuffix(#","capacity":2,"free":1,"free_elements":["a1"]}"#), "\(lines[0])")
        #expect(
            lines[1].contains(#""place":1,"#) && lines[1].hasSuffix(#","away":true,"kept_until":"2026-11-18T11:06:40.000005Z"}"#),
            "\(lines[1])")
        #expect(!json.line(status.rows[1]).contains("place"))
    }

    @Test func whoIsAwayIsSaidSo() {
        var holder = row(1, "db", .held)
        #expect(StateText.of(holder, place: nil, now: noon) == "held")
        holder.isAway = true
        #expect(StateText.of(holder, place: nil, now: noon) == "held, away")
        holder.keptUntil = noon + second(30)
        #expect(StateText.of(holder, place: nil, now: noon).hasPrefix("held, away, kept until "))
        #expect(StateText.of(row(2, "db", .waiting), place: 3, now: noon) == "waits, place 3")
        #expect(StateText.of(row(2, "db", .waiting), place: nil, now: noon) == "waits")
    }

    // MARK: - Then

    /// One request, asked for at 0 s, granted at 10 s, ended at 20 s.
    private let past = row(1, "db", .released, asked: noon, granted: noon + second(10), ended: noon + second(20)) {
        $0.exitStatus = 0
        $0.waitedNanoseconds = 10_000_000_000
        $0.heldNanoseconds = 10_000_000_000
        $0.isOrphan = true
        $0.commandPID = 7
    }

    @Test(
        arguments: [(-1, nil), (0, .waiting), (9, .waiting), (10, .held), (19, .held), (20, nil)] as [(Int64, RequestOutcome?)])
    func whatARequestWasThen(at: Int64, outcome: RequestOutcome?) {
        #expect(past.asOf(noon + second(at))?.outcome == outcome)
    }

    @Test func thenNobodyKnewWhatCameLater() throws {
        let holder = try #require(past.asOf(noon + second(15)))
        #expect((holder.endedAt, holder.exitStatus, holder.heldNanoseconds) == (nil, nil, nil))
        #expect(!holder.isOrphan && holder.waitedNanoseconds == 10_000_000_000 && holder.age(at: noon + second(15)) == second(5))
        let waiter = try #require(past.asOf(noon + second(5)))
        #expect((waiter.grantedAt, waiter.waitedNanoseconds, waiter.commandPID) == (nil, nil, nil))
        // An open request was open at earlier times too.
        let open = row(2, "db", .held, asked: noon, granted: noon) { $0.isOrphan = true }
        #expect(open.asOf(noon + second(5))?.isOrphan == true)
    }
}
