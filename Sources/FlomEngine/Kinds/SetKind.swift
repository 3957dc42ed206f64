internal import FlomModel

/// A set of elements, each for one holder. A request gets the element that has rested longest: an idle set goes round in the order
/// of its name, and no element is used twice while another has not been used. (1.7.2 moves a pointer by one for each grant,
/// whatever was chosen, and drifts.)
struct SetKind: FlatKind {
    private let elements: [[UInt8]]
    /// The free elements by their place in the name, the one that has rested longest first.
    private var rested: [Int]
    private var held: Set<Int> = []
    var lanes = Lanes()

    init(elements: [[UInt8]], rested: [Int]? = nil) {
        precondition(!elements.isEmpty, "a set without elements")
        self.elements = elements
        let places = Set(elements.indices)
        let known = (rested ?? []).filter(places.contains)
        self.rested = known + elements.indices.filter { !known.contains($0) }
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit { rested.isEmpty ? .no : .yes }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        precondition(!rested.isEmpty, "\(ask.name) has no free element, and gives one out")
        let place = rested.removeFirst()
        let isNew = held.insert(place).inserted
        precondition(isNew, "\(ask.name) gives out element \(place), which is held")
        return elements[place]
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        guard let place = held.first(where: { elements[$0] == element }) else {
            preconditionFailure("\(ask.name) gets an element back that is not held")
        }
        held.remove(place)
        rested.append(place)
    }

    mutating func restore(_ ask: Ask, _ element: [UInt8]?) {
        // Elements that were held are behind the others. Of two with the same name one of the held ones comes back.
        guard let index = rested.lastIndex(where: { elements[$0] == element }) else {
            isOvergranted = true
            return
        }
        held.insert(rested.remove(at: index))
    }

    private(set) var isOvergranted = false
    var inconsistency: String? {
        if held.union(rested).count != elements.count || held.count + rested.count != elements.count {
            return "of \(elements.count) elements \(held.count) are held and \(rested.count) are free"
        }
        return lanes.inconsistency
    }
    var state: KindState? { .set(rested: rested) }
}
