import Testing

@testable import FlomNet

@Suite struct EvictionQueueTests {
    @Test func theOldestMakesRoom() {
        var queue = EvictionQueue<String>()
        for name in ["a", "b", "c"] { _ = queue.enter(name) }
        #expect(queue.evict(toFitInto: 4) == nil)
        #expect(queue.evict(toFitInto: 3) == "a")
        #expect(queue.evict(toFitInto: 3) == nil)
        #expect(queue.count == 2)
    }

    @Test func whoHasLeftIsNotEvicted() {
        var queue = EvictionQueue<String>()
        let places = ["a", "b", "c"].map { queue.enter($0) }
        queue.leave(places[0])
        queue.leave(places[1])
        #expect(queue.evict(toFitInto: 1) == "c")
        queue.leave(places[2])
        #expect(queue.count == 0)
    }

    @Test func aLimitThatWasLoweredEvictsSeveral() {
        var queue = EvictionQueue<Int>()
        for number in 0..<5 { _ = queue.enter(number) }
        var evicted: [Int] = []
        while let number = queue.evict(toFitInto: 0) { evicted.append(number) }
        #expect(evicted == [0, 1, 2, 3, 4])
        #expect(queue.enter(5) == 5)
    }
}
