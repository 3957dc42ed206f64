import FlomModel
import FlomRandom
import Testing

@testable import FlomReports

/// Statistics made in one pass, compared with a count microsecond by microsecond over all rows.
@Suite struct StatisticsTests {
    private static let length = 160

    /// The statistics of one key, computed the slow way.
    private struct Slow: Equatable {
        var requests = 0
        var busy: Int64 = 0
        var longestQueue = 0
        var caused = 0.0
        var blamed: [String: Double] = [:]
    }

    private func key(_ row: HistoryRow, _ by: StatisticsKey) -> String {
        switch by {
        case .resource: String(decoding: row.resource, as: UTF8.self)
        case .user: row.user
        case .host: row.host
        case .command: text(row.command)
        }
    }

    private func text(_ words: [[UInt8]]) -> String { words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }

    /// The tables of lock modes, written down once more.
    private func excludes(_ one: LockMode, _ other: LockMode) -> Bool {
        let excluded = ["NL": "", "CR": "EX", "CW": "PR PW EX", "PR": "CW PW EX", "PW": "CW PR PW EX", "EX": "CR CW PR PW EX"]
        return excluded[one.shortName]!.contains(other.shortName)
    }

    private func conflict(_ one: HistoryRow, _ other: HistoryRow) -> Bool {
        let (first, second) = (key(one, .resource), key(other, .resource))
        if first.hasPrefix("/") && second.hasPrefix("/") {
            let leads = first == second || first.hasPrefix(second + "/") || second.hasPrefix(first + "/")
            return leads && excludes(one.mode, other.mode)
        }
        guard first == second else { return false }
        return first == "R" || first == "S" ? excludes(one.mode, other.mode) : true
    }

    private func slow(_ rows: [HistoryRow], _ by: StatisticsKey, _ filter: HistoryFilter, _ span: Range<Int64>) -> [String: Slow]
    {
        var found: [String: Slow] = [:]
        let counted = Set(rows.filter(filter.accepts).map(\.request))
        for row in rows where counted.contains(row.request) { found[key(row, by), default: Slow()].requests += 1 }
        for time in span {
            let holders = rows.filter { row in row.grantedAt.map { $0 <= time } ?? false && time < row.endedAt ?? .max }
            let waiters = rows.filter { row in
                counted.contains(row.request) && row.askedAt <= time && time < row.grantedAt ?? row.endedAt ?? .max
            }
            for holder in Set(holders.filter { counted.contains($0.request) }.map { key($0, by) }) { found[holder]!.busy += 1 }
            for (key, queue) in Dictionary(grouping: waiters.filter { $0.queuedAt != nil }, by: { key($0, by) }) {
                found[key]!.longestQueue = max(found[key]!.longestQueue, queue.count)
            }
            for waiter in waiters {
                let guilty = holders.filter { conflict(waiter, $0) }
                for holder in guilty {
                    found[key(holder, by), default: Slow()].caused += 1 / Double(guilty.count)
                    found[key(holder, by)]!.blamed[text(holder.command), default: 0] += 1 / Double(guilty.count)
                }
            }
        }
        return found.filter { $0.value.requests > 0 || $0.value.caused.rounded() > 0 }
    }

    private func check(
        _ rows: [HistoryRow], _ by: StatisticsKey, _ filter: HistoryFilter, now: Int64, _ comment: Comment
    ) {
        var maker = StatisticsMaker(by: by, filter, now: now)
        for row in rows where filter.stableConditions.accepts(row) { maker.add(row) }
        let statistics = maker.statistics()
        let since = filter.since ?? rows[0].askedAt
        #expect(statistics.since == since && statistics.until == min(now, filter.until ?? now), comment)
        let slow = slow(rows.filter(filter.stableConditions.accepts), by, filter, since..<max(since, statistics.until))
        let groups = Dictionary(uniqueKeysWithValues: statistics.groups.map { (StatisticsText(statistics).name($0), $0) })
        #expect(Set(groups.keys) == Set(slow.keys), comment)
        for (key, expected) in slow {
            guard let group = groups[key] else { continue }
            #expect(group.requests == expected.requests, comment)
            #expect(group.busy == expected.busy, "\(comment) \(key)")
            #expect(group.longestQueue == expected.longestQueue, "\(comment) \(key)")
            #expect(abs(Double(group.caused) - expected.caused) <= 0.51, "\(comment) \(key)")
            for blame in group.blamed {
                let charged = expected.blamed[text(blame.command ?? [])] ?? 0
                #expect(abs(Double(blame.caused) - charged) <= 0.51, "\(comment) \(key)")
            }
        }
    }

    @Test(arguments: 0..<40) func inOnePassIsTheSameAsMicrosecondByMicrosecond(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let rows = random.history(count: 28, length: Self.length)
        let now = epoch + Int64(Self.length + random.below(Self.length))
        for by in StatisticsKey.allCases { check(rows, by, HistoryFilter(), now: now, "seed \(seed)") }

        var window = HistoryFilter()
        window.since = epoch + Int64(random.below(Self.length / 2))
        window.until = window.since! + Int64(random.below(Self.length))
        check(rows, .resource, window, now: now, "seed \(seed), window")

        var mine = HistoryFilter()
        mine.user = "bob"
        check(rows, .user, mine, now: now, "seed \(seed), bob")
        mine.outcomes = [.released, .timedOut]
        check(rows, .resource, mine, now: now, "seed \(seed), bob's ended")
    }

    /// Alice holds alone, then beside Bob; Carol waits for both.
    @Test func aWaitIsSharedByThoseWhoHold() throws {
        let rows = [
            row(1, "P[2]").by("alice", "one").granted(at: 0).ended(at: 100),
            row(2, "P[2]", askedAt: 40).by("bob", "two").granted(at: 40).ended(at: 80),
            row(3, "P[2]", askedAt: 20).by("carol", "three").queued().granted(at: 100).ended(at: 101),
        ]
        var maker = StatisticsMaker(by: .user, HistoryFilter(), now: epoch + 1000)
        for row in [rows[0], rows[2], rows[1]] { maker.add(row) }
        let groups = maker.statistics().groups
        #expect(groups.map { $0.key.map { String(decoding: $0, as: UTF8.self) } } == ["alice", "bob", "carol"])
        #expect(groups.map(\.caused) == [60, 20, 0])
        #expect(groups.map(\.busy) == [100, 40, 1])
    }

    @Test func tooManyKeysAreCountedTogether() {
        var maker = StatisticsMaker(by: .command, HistoryFilter(), now: epoch + 1000, groupLimit: 3)
        for number in 1...10 { maker.add(row(Int64(number)).by("u", "command \(number)").granted(at: 0).ended(at: 1)) }
        let groups = maker.statistics().groups
        #expect(groups.count == 4 && groups.reduce(0) { $0 + $1.requests } == 10)
        #expect(groups.first { $0.key == nil }?.requests == 7)
    }

    @Test func aClockThatIsSetBackTakesNothingAway() {
        var maker = StatisticsMaker(by: .resource, HistoryFilter(), now: epoch + 1000)
        maker.add(row(1, askedAt: 500).granted(at: 500).ended(at: 600))
        maker.add(row(2, askedAt: 100).granted(at: 100).ended(at: 550))
        maker.add(row(3, askedAt: 700).granted(at: 700).ended(at: 800))
        let group = maker.statistics().groups[0]
        #expect(group.requests == 3 && group.busy == 200)
    }

    @Test(arguments: [10, 64, 65, 5000]) func percentilesAreOffByLessThanOneInAHundred(count: Int) throws {
        var random = SeededRandom(seed: UInt64(count))
        var histogram = SpanHistogram()
        var spans: [Int64] = []
        for _ in 0..<count {
            let span = Int64(random.next() >> UInt64(24 + random.below(38)))
            spans.append(span)
            histogram.add(span)
        }
        spans.sort()
        for percent in [1, 50, 95, 99, 100] {
            let exact = spans[max(1, (count * percent + 99) / 100) - 1]
            let found = try #require(histogram.percentile(percent))
            #expect(abs(Double(found - exact)) <= Double(exact) / 100, "\(percent) % of \(count): \(found), not \(exact)")
            if count <= 64 { #expect(found == exact) }
        }
        #expect(histogram.maximum == spans.last && histogram.count == count)
    }

    @Test func withoutSpansThereIsNoPercentile() {
        #expect(SpanHistogram().percentile(50) == nil && SpanHistogram().maximum == nil)
    }
}
