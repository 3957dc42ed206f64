internal import FlomModel

/// Moments as text, each for one holder.
///
/// **Rule.** The clock that the text shows (local time; UTC if the text tells the zone) is cut into granules, the finest unit of the
/// text, as the local clock shows them. A stamp is given only in a granule after that of the last one, also if the last was given
/// in an earlier life of the resource, before a restart, or before the clock was put back. So the text of a complete format never
/// comes again. A format that lacks larger units comes round: one life of the resource gives no stamp beyond the first round.
struct TimestampKind: FlatKind {
    /// How far the clock may be behind the last stamp for a request to wait for it. Further back, the request is refused, so that
    /// people learn of it.
    static let longestWaitMicroseconds: Int64 = 60 * 1_000_000

    private let format: StampFormat
    private let renderer: StampRenderer
    private let capacity: Int
    private var holderCount = 0
    private var firstShown: Int64?
    private var last: TimestampValue?
    var lanes = Lanes()

    init(_ format: StampFormat, capacity: Int32, renderer: StampRenderer, firstShown: Int64?, last: TimestampValue?) {
        precondition(capacity > 0, "a time stamp for \(capacity) holders")
        self.format = format
        self.capacity = Int(capacity)
        self.renderer = renderer
        self.firstShown = firstShown
        self.last = last
    }

    func fit(of ask: Ask, at moment: Moment) -> Fit {
        let shown = self.shown(at: moment)
        if let end = endOfCycle, start(of: shown) >= end { return .never(.stampsUsedUp) }
        if let last {
            if last.shown - shown > Self.longestWaitMicroseconds {
                return .never(.clockBehind(milliseconds: (last.shown - shown) / 1000))
            }
            var next = start(of: last.shown) + format.granuleMicroseconds
            // An earlier life may have ended with the very text that this one comes round to.
            if next <= shown && endOfCycle == nil && format.cycleMicroseconds != nil && text(at: moment) == last.text {
                next = start(of: shown) + format.granuleMicroseconds
            }
            if let end = endOfCycle, next >= end { return .never(.stampsUsedUp) }
            if holderCount < capacity && next > shown { return .later(moment.advanced(byWallMicroseconds: next - shown)) }
        }
        return holderCount < capacity ? .yes : .no
    }

    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]? {
        precondition(holderCount < capacity, "\(ask.name) has \(holderCount) holders and gets one more")
        let shown = self.shown(at: moment)
        precondition(last.map { start(of: $0.shown) < start(of: shown) } ?? true, "\(ask.name) gives two stamps of one granule")
        let stamp = TimestampValue(shown: shown, text: text(at: moment))
        if firstShown == nil { firstShown = start(of: shown) }
        last = stamp
        holderCount += 1
        return stamp.text
    }

    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending) {
        precondition(holderCount > 0, "\(ask.name) loses a holder and has none")
        holderCount -= 1
    }

    mutating func restore(_ ask: Ask, _ element: [UInt8]?) { holderCount += 1 }
    var isOvergranted: Bool { holderCount > capacity }
    var state: KindState? { .timestamp(firstShown: firstShown, last: last) }

    // MARK: - The clock that the text shows

    private func text(at moment: Moment) -> [UInt8] {
        let second = Self.floor(moment.wallMicroseconds, 1_000_000)
        return renderer.text(format.pattern(microseconds: moment.wallMicroseconds - second), second / 1_000_000)
    }

    private func shown(at moment: Moment) -> Int64 {
        format.tellsZone ? moment.wallMicroseconds : moment.wallMicroseconds + microsecondsAheadOfUTC(at: moment.wallMicroseconds)
    }

    /// The start of a granule. The hours of the text are local also if it tells the zone, and not every zone is whole hours ahead of
    /// UTC.
    private func start(of shown: Int64) -> Int64 {
        let ahead = format.tellsZone ? microsecondsAheadOfUTC(at: shown) : 0
        return Self.floor(shown + ahead, format.granuleMicroseconds) - ahead
    }

    private func microsecondsAheadOfUTC(at wallMicroseconds: Int64) -> Int64 {
        renderer.secondsAheadOfUTC(Self.floor(wallMicroseconds, 1_000_000) / 1_000_000) * 1_000_000
    }

    private var endOfCycle: Int64? {
        guard let cycle = format.cycleMicroseconds, let firstShown else { return nil }
        return firstShown + cycle
    }

    private static func floor(_ value: Int64, _ unit: Int64) -> Int64 {
        precondition(unit > 0, "a granule of \(unit) microseconds")
        let rest = value % unit
        return value - (rest < 0 ? rest + unit : rest)
    }
}
