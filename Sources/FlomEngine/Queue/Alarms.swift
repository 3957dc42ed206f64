internal import FlomModel

/// The resources that wait for time to pass, in the order in which they have to be looked at: a binary heap.
///
/// A resource usually has one entry. A busy one that goes idle again and again keeps its old entry, which is then looked at too
/// early and put back; so a hot resource costs nothing here. One that has to be looked at earlier gets a second entry, and the
/// first means nothing any more: `Resource.alarmAt` says which one counts.
struct Alarms {
    private var heap: [Alarm] = []

    var first: Alarm? { heap.first }

    mutating func insert(_ alarm: Alarm) {
        heap.append(alarm)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].at <= heap[child].at { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// When a resource has to be looked at.
struct Alarm {
    let at: Instant
    let slot: Int
}
