internal import FlomModel

/// Tickets, of which the oldest comes out first: a binary heap.
struct TicketHeap {
    private var heap: [RequestID]

    init(_ tickets: [RequestID]) {
        // Sorted is a heap, and lanes are few.
        heap = tickets.count > 1 ? tickets.sorted() : tickets
    }

    mutating func insert(_ ticket: RequestID) {
        heap.append(ticket)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent] <= heap[child] { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    mutating func removeFirst() -> RequestID? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] { least = child }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
