/// Returns the starts and ends of intervals in the order of time, although each interval becomes known only when it starts. Only
/// the intervals that have not ended are in memory.
struct IntervalSweep<Content> {
    struct Edge {
        let time: Int64
        let isStart: Bool
        let content: Content

        /// Whether this edge comes first. At the same time ends come before starts, because an interval does not contain its end.
        func precedes(_ other: Edge) -> Bool { time != other.time ? time < other.time : !isStart && other.isStart }
    }

    /// A binary heap: no edge precedes its parent.
    private var edges: [Edge] = []

    /// Adds an interval. Intervals without length are ignored.
    mutating func add(from start: Int64, to end: Int64, _ content: Content) {
        guard start < end else { return }
        push(Edge(time: start, isStart: true, content: content))
        push(Edge(time: end, isStart: false, content: content))
    }

    /// The next edge up to a time.
    mutating func next(upTo time: Int64) -> Edge? {
        guard let first = edges.first, first.time <= time else { return nil }
        let last = edges.removeLast()
        if !edges.isEmpty {
            edges[0] = last
            sink()
        }
        return first
    }

    private mutating func push(_ edge: Edge) {
        edges.append(edge)
        var index = edges.count - 1
        while index > 0, edges[index].precedes(edges[(index - 1) / 2]) {
            edges.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            var first = index
            for child in [2 * index + 1, 2 * index + 2] where child < edges.count && edges[child].precedes(edges[first]) {
                first = child
            }
            guard first != index else { return }
            edges.swapAt(index, first)
            index = first
        }
    }
}
