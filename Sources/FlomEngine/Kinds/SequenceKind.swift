internal import FlomModel

/// Numbers from 1, each for one holder. A transactional one takes back the number of a holder that failed and gives it out again
/// before new ones, in the order in which they came back.
struct SequenceKind: FlatKind {
    private let isTransactional: Bool
    private let capacity: Int
    private var next: UInt32
    private var rolledBack: ArraySlice<UInt32>
    private var held: Set<UInt32> = []
    private var holderCount = 0
    var lanes = Lanes()

    init(isTransactional: Bool, capacity: Int32, next: UInt32 = 1, rolledBack: [UInt32] = []) {
        self.isTransactional = isTransactional
        self.capacity = Int(capacity)
        self.next = max(next, 1)
        self.rolledBack = rolledBack[...]
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit { holderCount < capacity ? .yes : .no }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        let value = rolledBack.popFirst() ?? newValue()
        held.insert(value)
        holderCount += 1
        return Array(String(value).utf8)
    }

    /// After the largest comes 1, but never a number that somebody still has.
    private mutating func newValue() -> UInt32 {
        repeat {
            let value = next
            next = next == .max ? 1 : next + 1
            if !held.contains(value) { return value }
        } while true
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        holderCount -= 1
        guard let value = Self.value(of: element) else { return }
        held.remove(value)
        switch ending {
        case .rolledBack: if isTransactional { rolledBack.append(value) }
        // In its old place before all that were not given yet.
        case .untold: rolledBack.insert(value, at: rolledBack.startIndex)
        case .committed, .unknown: break
        }
    }

    /// What somebody holds is not new, even if the state that was saved is older or missing.
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
    var state: KindState? { .sequence(next: next, rolledBack: Array(rolledBack)) }
}
