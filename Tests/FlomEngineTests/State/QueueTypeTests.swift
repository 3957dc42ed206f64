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
        var gone: [RequestID] = []
        var next: Int64 = 1
        for _ in 0..<1000 {
            switch random.below(10) {
            case 0..<5:
                lane.join(RequestID(next))
                model.append(RequestID(next))
                next += 1
            case 5..<7:
                guard !model.isEmpty else { break }
                let ticket = model.remove(at: random.below(model.count))
                lane.leave(ticket)
                gone.append(ticket)
            // It was passed over, and comes back to its place.
            case 7:
                guard !gone.isEmpty else { break }
                let ticket = gone.remove(at: random.below(gone.count))
                lane.join(ticket)
                model.insert(ticket, at: model.firstIndex { $0 > ticket } ?? model.count)
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
