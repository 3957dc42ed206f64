/// What is going to happen, in the order of its time; at one time, in the order in which it was planned.
struct EventQueue {
    private struct Entry {
        let at: Int64
        let order: Int64
        /// Where it lies. It is large, and a heap moves its entries about.
        let slot: Int
    }

    private var heap: [Entry] = []
    private var events: [SimulatedEvent?] = []
    private var freeSlots: [Int] = []
    private var planned: Int64 = 0

    mutating func plan(_ event: SimulatedEvent, at: Int64) {
        planned += 1
        let slot = freeSlots.popLast() ?? events.count
        if slot == events.count { events.append(event) } else { events[slot] = event }
        heap.append(Entry(at: at, order: planned, slot: slot))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if Self.comesFirst(heap[parent], heap[child]) { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    mutating func next() -> (at: Int64, event: SimulatedEvent)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        defer {
            events[first.slot] = nil
            freeSlots.append(first.slot)
        }
        return (first.at, events[first.slot]!)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2 where child < heap.count && Self.comesFirst(heap[child], heap[least]) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private static func comesFirst(_ one: Entry, _ other: Entry) -> Bool {
        one.at == other.at ? one.order < other.order : one.at < other.at
    }
}
