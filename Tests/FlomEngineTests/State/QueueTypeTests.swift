import FlomModel
import FlomRandom
import Testing

@testable import FlomEngine

/// The queues against the simplest thing that does the same: a sorted array.
@Suite struct QueueTypeTests {
    @Test(arguments: 1...20) func theHeapGivesTheLeast(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var heap = MinHeap<Int>()
        var model: [Int] = []
        for _ in 0..<500 {
            if random.chance(percent: 60) {
                let element = random.below(50)
                heap.insert(element)
                model.append(element)
                model.sort()
            } else {
                #expect(heap.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(heap.first == model.first)
            #expect(heap.isEmpty == model.isEmpty)
        }
    }

    @Test(arguments: 1...20) func aLaneKeepsTheOrderOfTickets(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var lane = Lane()
        var model: [RequestID] = []
        var next: Int64 = 1
        for _ in 0..<1000 {
            switch random.below(10) {
            case 0..<5:
                lane.join(RequestID(next))
                model.append(RequestID(next))
                next += 1
            case 5..<8:
                guard !model.isEmpty else { break }
                let place = random.below(model.count)
                lane.leave(model.remove(at: place))
            default: #expect(lane.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(lane.first == model.first)
            #expect(lane.isEmpty == model.isEmpty)
            let ticket = RequestID(Int64(random.below(Int(next) + 1)))
            #expect(lane.count(before: ticket) == model.count { $0 < ticket })
            #expect(lane.inconsistency == nil)
        }
    }
}
