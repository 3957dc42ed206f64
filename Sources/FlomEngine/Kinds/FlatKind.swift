internal import FlomModel

/// A kind whose waiters fall into a few lanes. A *lane* holds requests of which none fits if the first does not.
protocol FlatKind: Kind {
    var lanes: Lanes { get set }
    /// The lane of a request.
    func lane(of ask: Ask) -> Int32
    /// Whether requests of two lanes conflict.
    func conflict(_ one: Int32, _ other: Int32) -> Bool
}

extension FlatKind {
    mutating func join(_ ticket: RequestID, _ ask: Ask) { lanes.join(ticket, lane(of: ask)) }
    mutating func leave(_ ticket: RequestID, _ ask: Ask) { lanes.leave(ticket, lane(of: ask)) }
    func head(ofLaneOf ask: Ask) -> RequestID? { lanes.head(of: lane(of: ask)) }
    func heads(near ask: Ask?) -> [RequestID] { lanes.heads }

    func oldestInConflict(with ask: Ask) -> RequestID? {
        let mine = lane(of: ask)
        return lanes.oldest { conflict($0, mine) }
    }

    func headsInConflict(with ask: Ask) -> [RequestID] {
        let mine = lane(of: ask)
        return lanes.heads { conflict($0, mine) }
    }

    func conflict(_ one: Ask, _ other: Ask) -> Bool { conflict(lane(of: one), lane(of: other)) }
    func waiterCount(before ticket: RequestID) -> Int { lanes.count(before: ticket) }
    /// Most kinds exclude by number: there every request conflicts with every other.
    func conflict(_ one: Int32, _ other: Int32) -> Bool { true }
    func lane(of ask: Ask) -> Int32 { 0 }
    var state: KindState? { nil }
    var inconsistency: String? { lanes.inconsistency }
}

/// The lanes that have waiters, in the order of their keys.
struct Lanes {
    private var keys: [Int32] = []
    private var lanes: [Lane] = []

    mutating func join(_ ticket: RequestID, _ key: Int32) {
        let place = place(of: key)
        if place == keys.count || keys[place] != key {
            keys.insert(key, at: place)
            lanes.insert(Lane(), at: place)
        }
        lanes[place].join(ticket)
    }

    mutating func leave(_ ticket: RequestID, _ key: Int32) {
        let place = place(of: key)
        precondition(place < keys.count && keys[place] == key, "request \(ticket.number) leaves lane \(key), which is empty")
        lanes[place].leave(ticket)
        if lanes[place].isEmpty {
            keys.remove(at: place)
            lanes.remove(at: place)
        }
    }

    func head(of key: Int32) -> RequestID? {
        let place = place(of: key)
        return place < keys.count && keys[place] == key ? lanes[place].first : nil
    }

    var heads: [RequestID] { lanes.compactMap(\.first) }

    /// The heads of the lanes up to a key.
    func heads(upTo key: Int32) -> [RequestID] {
        var found: [RequestID] = []
        for place in keys.indices {
            if keys[place] > key { break }
            if let head = lanes[place].first { found.append(head) }
        }
        return found
    }

    func heads(where matches: (Int32) -> Bool) -> [RequestID] {
        keys.indices.compactMap { matches(keys[$0]) ? lanes[$0].first : nil }
    }

    var count: Int { count(before: RequestID(.max)) }
    func count(before ticket: RequestID) -> Int { lanes.reduce(0) { $0 + $1.count(before: ticket) } }

    func oldest(where matches: (Int32) -> Bool) -> RequestID? {
        var oldest: RequestID?
        for place in keys.indices where matches(keys[place]) {
            guard let head = lanes[place].first else { continue }
            if oldest.map({ head < $0 }) ?? true { oldest = head }
        }
        return oldest
    }

    /// What is wrong with the lanes; nil if nothing is.
    var inconsistency: String? {
        if keys.count != lanes.count { return "there are \(keys.count) keys and \(lanes.count) lanes" }
        if zip(keys, keys.dropFirst()).contains(where: { $0 >= $1 }) { return "the lanes are not in the order of their keys" }
        if lanes.contains(where: \.isEmpty) { return "a lane is empty" }
        return lanes.lazy.compactMap(\.inconsistency).first
    }

    /// Where a key is, or would have to be inserted.
    private func place(of key: Int32) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension LockMode {
    /// - Parameter key: the key of a lane whose key is the raw value of a mode.
    init(laneKey key: Int32) {
        guard let mode = UInt8(exactly: key).flatMap(LockMode.init(rawValue:)) else {
            preconditionFailure("lane \(key) is of no mode")
        }
        self = mode
    }
}
