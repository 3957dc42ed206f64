internal import FlomModel

/// Some elements, each for one holder. Who comes gets the one that has rested longest: an idle set goes round in the order of its
/// name, and no element is used twice while another waits for its first time. (1.7.2 moves a pointer by one for each grant,
/// whatever was chosen, and drifts.)
struct SetKind: FlatKind {
    private let elements: [[UInt8]]
    /// Free elements, by their place in the name.
    private var rested: [Int]
    private var held: Set<Int> = []
    var lanes = Lanes()

    init(elements: [[UInt8]], rested: [Int]? = nil) {
        self.elements = elements
        let places = Set(elements.indices)
        let known = (rested ?? []).filter(places.contains)
        self.rested = known + elements.indices.filter { !known.contains($0) }
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit { rested.isEmpty ? .no : .yes }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        let place = rested.removeFirst()
        held.insert(place)
        return elements[place]
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        guard let place = held.first(where: { elements[$0] == element }) else { preconditionFailure("nobody holds this element") }
        held.remove(place)
        rested.append(place)
    }

    mutating func restore(_ ask: Ask, _ element: [UInt8]?) {
        // Those that were held are behind the others; of two of the same name it is one of them that comes back.
        guard let index = rested.lastIndex(where: { elements[$0] == element }) else {
            isOvergranted = true
            return
        }
        held.insert(rested.remove(at: index))
    }

    private(set) var isOvergranted = false
    var state: KindState? { .set(rested: rested) }
}
