internal import FlomModel

/// A resource that holders of compatible modes share. One lane for each mode.
struct SimpleKind: FlatKind {
    private var holders = ModeCounts()
    var lanes = Lanes()

    func fit(of ask: Ask, at moment: Moment) -> Fit { holders.fits(ask.mode) ? .yes : .no }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        precondition(holders.fits(ask.mode), "\(ask.name) is given in \(ask.mode) beside \(holders)")
        holders.add(ask.mode)
        return nil
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) { holders.remove(ask.mode) }
    mutating func restore(_ ask: Ask, _ element: [UInt8]?) { holders.add(ask.mode) }
    var isOvergranted: Bool { holders.excludeEachOther }

    func lane(of ask: Ask) -> Int32 { Int32(ask.mode.rawValue) }

    func conflict(_ one: Int32, _ other: Int32) -> Bool {
        !LockMode(laneKey: one).isCompatible(with: LockMode(laneKey: other))
    }
}
