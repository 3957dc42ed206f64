/// Elements of which the least comes out first: a binary heap. Elements that are equal come out in any order, but in the same one for
/// the same calls.
struct MinHeap<Element: Comparable> {
    private var elements: [Element] = []

    var first: Element? { elements.first }
    var isEmpty: Bool { elements.isEmpty }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if elements[parent] <= elements[child] { return }
            elements.swapAt(parent, child)
            child = parent
        }
    }

    mutating func removeFirst() -> Element? {
        guard let first = elements.first else { return nil }
        elements.swapAt(0, elements.count - 1)
        elements.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count && elements[child] < elements[least] {
                least = child
            }
            if least == parent { break }
            elements.swapAt(parent, least)
            parent = least
        }
        precondition(elements.first.map { first <= $0 } ?? true, "a heap gives \(first) before something that is less")
        return first
    }
}
