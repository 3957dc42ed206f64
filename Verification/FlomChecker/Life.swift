/// The life of a resource, from its creation until no request has held or awaited it for long enough.
///
/// Sometimes it is uncertain whether a life has ended: after a reboot, when the idle time was measured by a clock that can be set.
/// Then there is more than one possible memory, until a grant shows which is true.
struct Life {
    /// The idle life that its creator asked for. Two numbers when the creator is uncertain.
    private var milliseconds: ClosedRange<Int64>
    var idleSince: Int64?
    /// Whether it may have ended meanwhile.
    var isUncertain = false
    fileprivate var memories: [Memory]

    init(of part: Part) {
        let own = Self.milliseconds(of: part)
        milliseconds = own...own
        memories = [Memory(part.want.shape)]
    }

    private static func milliseconds(of part: Part) -> Int64 {
        (part.idleMilliseconds > 0 ? part.idleMilliseconds : 1000) + 1000
    }

    /// A request that may be the first one of a new life.
    mutating func mayHaveBegun(with part: Part) {
        let own = Self.milliseconds(of: part)
        milliseconds = min(own, milliseconds.lowerBound)...max(own, milliseconds.upperBound)
        let new = Memory(part.want.shape)
        if !memories.contains(new) { memories.append(new) }
    }

    /// A request holds or awaits it: it certainly lives.
    mutating func isUsed() {
        idleSince = nil
        isUncertain = false
    }

    /// The earliest and the latest end, if no request comes.
    var end: ClosedRange<Int64>? {
        idleSince.map { $0 + milliseconds.lowerBound * 1_000_000...$0 + milliseconds.upperBound * 1_000_000 }
    }

    /// Checks a given element. Nil if it could be given now; otherwise the elements that could.
    mutating func give(_ element: [UInt8]) -> [String]? {
        let left = memories.compactMap { $0.afterGiving(element) }
        guard !left.isEmpty else { return memories.map(\.offer) }
        memories = left
        return nil
    }

    mutating func takeBack(_ element: [UInt8], rollsBack: Bool) {
        for index in memories.indices { memories[index].takeBack(element, rollsBack: rollsBack) }
    }
}

extension Life {
    /// Nobody has seen it.
    mutating func takeBackUntold(_ element: [UInt8]) {
        for index in memories.indices { memories[index].takeBackUntold(element) }
    }

    /// The journal may know that elements were out, or not: then they are where they were. In the order in which they were offered.
    mutating func mayHaveKept(_ elements: [[UInt8]]) {
        var possible: [Memory] = []
        for memory in memories.flatMap({ $0.havingKept(elements) }) where !possible.contains(memory) { possible.append(memory) }
        memories = possible
    }
}

/// A resource's memory of the elements that it has given.
struct Memory: Hashable {
    /// For a set: the free elements, the one that has rested longest first.
    private var rested: [[UInt8]] = []
    /// Its elements in the order of its name.
    private var names: [[UInt8]] = []
    /// For a sequence: the next number, and those that were rolled back.
    private var nextNumber: Int64?
    private var givesAgain = false
    private var givenBack: [Int64] = []

    init(_ shape: Shape) {
        switch shape {
        case .set(let elements): (rested, names) = (elements, elements)
        case .sequence(let takesBack, _):
            nextNumber = 1
            givesAgain = takesBack
        case .simple, .path, .pool, .stamp: break
        }
    }

    /// The next element, in words.
    var offer: String {
        if let number = givenBack.first { return "\(number), which came back" }
        return nextNumber.map { "\($0)" } ?? rested.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " before ")
    }

    func afterGiving(_ element: [UInt8]) -> Memory? {
        var memory = self
        guard let nextNumber else {
            guard rested.first == element else { return nil }
            memory.rested.removeFirst()
            return memory
        }
        guard let number = Self.number(element) else { return nil }
        if let first = givenBack.first {
            guard number == first else { return nil }
            memory.givenBack.removeFirst()
        } else {
            guard number == nextNumber else { return nil }
            memory.nextNumber = number == Int64(UInt32.max) ? 1 : number + 1
        }
        return memory
    }

    mutating func takeBack(_ element: [UInt8], rollsBack: Bool) {
        guard nextNumber != nil else { return rested.append(element) }
        if givesAgain, rollsBack, let number = Self.number(element) { givenBack.append(number) }
    }

    /// A number comes again before all others, an element when the others have been used.
    mutating func takeBackUntold(_ element: [UInt8]) {
        guard nextNumber != nil else { return rested.append(element) }
        if let number = Self.number(element) { givenBack.insert(number, at: 0) }
    }

    func havingKept(_ elements: [[UInt8]]) -> [Memory] {
        guard nextNumber == nil else {
            var memory = self
            for element in elements.reversed() { memory.takeBackUntold(element) }
            return [memory]
        }
        return (0...elements.count).map { known in
            var memory = self
            // What the journal does not find among the rested ones comes behind them, as in the name.
            memory.rested += names.filter { elements[..<known].contains($0) }
            memory.rested.insert(contentsOf: elements[known...], at: 0)
            return memory
        }
    }

    private static func number(_ element: [UInt8]) -> Int64? { Int64(String(decoding: element, as: UTF8.self)) }
}
