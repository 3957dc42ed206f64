internal import FlomModel

/// A pool of which each request takes a quantity. A request for more than the capacity can never be granted. One lane for each
/// quantity.
struct NumericKind: FlatKind {
    private let capacity: Int64
    private var taken: Int64 = 0
    var lanes = Lanes()

    init(capacity: Int32) {
        precondition(capacity > 0, "a pool of \(capacity)")
        self.capacity = Int64(capacity)
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit {
        guard ask.quantity > 0, Int64(ask.quantity) <= capacity else {
            return .never(.impossible(quantity: ask.quantity, capacity: Int32(capacity)))
        }
        return Int64(ask.quantity) <= capacity - taken ? .yes : .no
    }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        precondition(
            ask.quantity > 0 && Int64(ask.quantity) <= capacity - taken,
            "\(ask.quantity) of \(ask.name) are given, and \(taken) are taken")
        taken += Int64(ask.quantity)
        return nil
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        precondition(taken >= Int64(ask.quantity), "\(ask.quantity) of \(ask.name) come back, and \(taken) were taken")
        taken -= Int64(ask.quantity)
    }

    mutating func restore(_ ask: Ask, _ element: [UInt8]?) { taken += Int64(ask.quantity) }
    var isOvergranted: Bool { taken > capacity }
    var inconsistency: String? { taken < 0 ? "\(taken) of \(capacity) are taken" : lanes.inconsistency }

    func lane(of ask: Ask) -> Int32 { ask.quantity }
    /// A waiter that wants more than is left cannot go on.
    func heads(near ask: Ask?) -> [RequestID] { lanes.heads(upTo: Int32(clamping: capacity - taken)) }
}
