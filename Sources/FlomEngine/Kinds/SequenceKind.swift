internal import FlomModel

/// Numbers from 1, each for one holder. A transactional sequence takes back the number of a holder that failed, and gives such
/// numbers out again before new ones, in the order in which they came back.
struct SequenceKind: FlatKind {
    private let isTransactional: Bool
    private let capacity: Int
    private var next: UInt32
    private var rolledBack: ArraySlice<UInt32>
    private var held: Set<UInt32> = []
    /// The numbers of `held` that are offered only. The next daemon, which knows of no offer, gives them out again.
    private var offered: [UInt32] = []
    private var holderCount = 0
    var lanes = Lanes()

    init(isTransactional: Bool, capacity: Int32, next: UInt32 = 1, rolledBack: [UInt32] = []) {
        precondition(capacity > 0, "a sequence for \(capacity) holders")
        self.isTransactional = isTransactional
        self.capacity = Int(capacity)
        self.next = max(next, 1)
        self.rolledBack = rolledBack[...]
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit { holderCount < capacity ? .yes : .no }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        precondition(holderCount < capacity, "\(ask.name) has \(holderCount) holders and gets one more")
        let value = rolledBack.popFirst() ?? newValue()
        let isNew = held.insert(value).inserted
        precondition(isNew, "\(ask.name) gives out \(value), which is held")
        holderCount += 1
        return Array(String(value).utf8)
    }

    /// The next number that is not held; 1 comes after the largest.
    private mutating func newValue() -> UInt32 {
        repeat {
            let value = next
            next = next == .max ? 1 : next + 1
            if !held.contains(value) { return value }
        } while true
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        precondition(holderCount > 0, "\(ask.name) loses a holder and has none")
        holderCount -= 1
        guard let value = Self.value(of: element) else { return }
        held.remove(value)
        isTaken(element)
        switch ending {
        case .rolledBack: if isTransactional { rolledBack.append(value) }
        // To its old place, before all that were not given out yet.
        case .untold: rolledBack.insert(value, at: rolledBack.startIndex)
        case .committed, .unknown: break
        }
    }

    mutating func isOffered(_ element: [UInt8]?) {
        guard let value = Self.value(of: element) else { return }
        precondition(held.contains(value), "number \(value) is offered, and was not given out")
        offered.append(value)
    }

    mutating func isTaken(_ element: [UInt8]?) {
        guard !offered.isEmpty, let value = Self.value(of: element) else { return }
        offered.removeAll { $0 == value }
    }

    /// A number that is held is not given out, even if the saved state is older or missing.
    mutating func restore(_ ask: Ask, _ element: [UInt8]?) {
        holderCount += 1
        guard let value = Self.value(of: element) else { return }
        if !held.insert(value).inserted { hasTwice = true }
        rolledBack.removeAll { $0 == value }
    }

    private static func value(of element: [UInt8]?) -> UInt32? {
        element.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
    }

    private var hasTwice = false
    var isOvergranted: Bool { hasTwice || holderCount > capacity }
    var inconsistency: String? {
        if held.count > holderCount { return "\(held.count) numbers are held by \(holderCount) holders" }
        if let value = rolledBack.first(where: held.contains) { return "number \(value) is held, and would be given out again" }
        return lanes.inconsistency
    }

    var state: KindState? { .sequence(next: next, rolledBack: offered + rolledBack) }
}
