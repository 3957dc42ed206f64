import FlomStore
import Testing

@testable import FlomDaemon

/// When blocks of the journal are made.
@Suite struct BlockScheduleTests {
    private static let minute: Int64 = 60_000_000_000
    private static let size = RequestBlock.size

    /// What is asserted may change it.
    private final class Schedule {
        private var blocks = BlockSchedule()
        func isDue(newest: Int64, now: Int64) -> Bool { blocks.isDue(newest: newest, now: now) }
        func found(_ missing: [Int64]) { blocks.found(missing) }
        func next(mayWrite: Bool) -> Int64? { blocks.next(mayWrite: mayWrite) }
    }

    @Test func aBlockIsDueWhenItIsFull() {
        let schedule = Schedule()
        #expect(!schedule.isDue(newest: Self.size - 1, now: 0))
        #expect(schedule.isDue(newest: Self.size, now: 0))
        schedule.found([1])
        #expect(schedule.next(mayWrite: true) == 1 && schedule.next(mayWrite: true) == nil)
        #expect(!schedule.isDue(newest: 2 * Self.size - 1, now: 1) && schedule.isDue(newest: 2 * Self.size, now: 1))
    }

    @Test func aBlockThatCouldNotBeMadeIsTriedAgainAfterAMinute() {
        let schedule = Schedule()
        #expect(schedule.isDue(newest: Self.size, now: 0))
        schedule.found([])
        #expect(schedule.next(mayWrite: true) == nil)
        #expect(!schedule.isDue(newest: Self.size, now: Self.minute - 1) && schedule.isDue(newest: Self.size, now: Self.minute))
    }

    @Test func blocksAreMadeInTheirOrderAndOneLookAtATime() {
        let schedule = Schedule()
        #expect(schedule.isDue(newest: 9 * Self.size, now: 0))
        // The answer to the look is on its way.
        #expect(!schedule.isDue(newest: 99 * Self.size, now: 5 * Self.minute))
        schedule.found([1, 513, 1025])
        #expect(schedule.next(mayWrite: true) == 1 && schedule.next(mayWrite: true) == 513)
        #expect(!schedule.isDue(newest: 99 * Self.size, now: 5 * Self.minute))
        #expect(schedule.next(mayWrite: true) == 1025 && schedule.next(mayWrite: true) == nil)
        #expect(schedule.isDue(newest: 99 * Self.size, now: 5 * Self.minute))
    }

    @Test func aJournalThatCannotBeWrittenEndsTheRound() {
        let schedule = Schedule()
        #expect(schedule.isDue(newest: Self.size, now: 0))
        schedule.found([1, 513])
        #expect(schedule.next(mayWrite: false) == nil)
        // The rest is found again by the next look.
        #expect(schedule.isDue(newest: Self.size, now: Self.minute))
        schedule.found([513])
        #expect(schedule.next(mayWrite: true) == 513)
    }
}

/// What a retention orders, and when an earlier wish is forgotten.
@Suite struct RetentionTests {
    @Test func onlyTheLastWishCounts() throws {
        var retention = PruneQueue.Retention()
        let wish = retention.set(microseconds: 50)
        let first = try #require(wish)
        #expect(retention.order(first, now: 1000) == .init(person: "[Journal] Retention", before: 950, asker: nil))
        let nextWish = retention.set(microseconds: 70)
        let second = try #require(nextWish)
        #expect(retention.order(first, now: 1000) == nil)
        #expect(retention.order(second, now: 1000)?.before == 930)
        let noWish = retention.set(microseconds: nil)
        #expect(noWish == nil && retention.order(second, now: 1000) == nil)
    }
}
