package import FlomModel

/// Computes statistics of rows that come one by one in the order of their numbers. It remembers the requests that are open at the
/// current moment and a bounded number of groups, but no rows.
package struct StatisticsMaker {
    private let by: StatisticsKey
    private let filter: HistoryFilter
    private var since: Int64?
    private let until: Int64

    private var groups: GroupTable
    private var blame = BlameLedger()

    private var fields: [[UInt8]: ConflictField] = [:]
    private var kinds: [[UInt8]: ResourceKind?] = [:]
    private var readings: [RequestID: Double] = [:]
    private var sweep = IntervalSweep<Activity>()
    private var now = Int64.min

    /// Names and resources that are remembered although nothing is open there.
    private static let memory = 10_000

    /// - Parameters:
    ///   - filter: the requests that are counted. Rows that only `filter.stableConditions` lets through have to be added too: counted
    ///     requests may have waited for them.
    ///   - now: the end of the time that open requests have lasted, in microseconds since 1970-01-01 UTC.
    ///   - groupLimit: the number of keys with a group of their own; requests with later keys are counted together.
    package init(by: StatisticsKey, _ filter: HistoryFilter, now: Int64, groupLimit: Int = 10_000) {
        self.by = by
        self.filter = filter
        groups = GroupTable(limit: groupLimit)
        since = filter.since
        until = min(filter.until ?? now, now)
    }

    /// An interval in the life of a request.
    private enum Activity {
        case waiting(FieldClaim)
        case queued(group: Int)
        case holding(FieldClaim, RequestID, group: Int, command: [[UInt8]], isCounted: Bool)
    }

    /// The field in which a request meets others, and its claim there.
    private struct FieldClaim {
        let field: [UInt8]
        let claim: ConflictField.Claim
    }

    /// Adds a row and returns whether it is counted.
    @discardableResult
    package mutating func add(_ row: HistoryRow) -> Bool {
        let isCounted = filter.accepts(row)
        if since == nil { since = min(row.askedAt, until) }
        // The wall clock may have been set back meanwhile. The sweep only goes forward.
        now = later(row.askedAt)
        advance(to: now)

        let group = groups.number(of: by.bytes(of: row))
        let place = place(of: row)
        let ended = row.endedAt.map(later) ?? max(until, now)
        let left = row.grantedAt.map(later) ?? ended
        if isCounted {
            groups[group].count(row)
            sweep.add(from: now, to: left, .waiting(place))
            if let queuedAt = row.queuedAt { sweep.add(from: later(queuedAt), to: left, .queued(group: group)) }
        }
        if row.grantedAt != nil {
            sweep.add(
                from: left, to: ended, .holding(place, row.request, group: group, command: row.command, isCounted: isCounted))
        }
        return isCounted
    }

    /// The statistics of all rows so far.
    package mutating func statistics() -> Statistics {
        advance(to: .max)
        return Statistics(by: by, since: since ?? until, until: until, groups: groups.measured(blame))
    }

    /// A time within the window, and not before the current moment of the sweep.
    private func later(_ time: Int64) -> Int64 { max(now, min(max(time, since ?? time), until)) }

    private mutating func place(of row: HistoryRow) -> FieldClaim {
        let kind: ResourceKind?
        if let known = kinds[row.resource] {
            kind = known
        } else {
            kind = (try? ResourceName(row.resource))?.kind
            if kinds.count >= Self.memory { kinds.removeAll(keepingCapacity: true) }
            kinds[row.resource] = .some(kind)
        }
        var field = row.resource
        // All paths of a tree share a field.
        if case .hierarchical(let levels) = kind { field = [UInt8(ascii: "/")] + levels[0] }
        return FieldClaim(field: field, claim: ConflictField.Claim(row, kind))
    }

    // MARK: - The sweep

    private mutating func advance(to time: Int64) {
        while let edge = sweep.next(upTo: time) {
            switch edge.content {
            case .waiting(let place):
                let field = fields.index(forKey: place.field) ?? makeField(place.field)
                if edge.isStart {
                    fields.values[field].waiterCame(place.claim, at: edge.time)
                } else {
                    fields.values[field].waiterLeft(place.claim, at: edge.time)
                }
            case .queued(let group):
                groups[group].changeQueue(by: edge.isStart ? 1 : -1)
            case .holding(let place, let request, let group, let command, let isCounted):
                let field = fields.index(forKey: place.field) ?? makeField(place.field)
                if edge.isStart {
                    readings[request] = fields.values[field].holderCame(place.claim, at: edge.time)
                } else if let reading = readings.removeValue(forKey: request) {
                    let caused = fields.values[field].holderLeft(place.claim, came: reading, at: edge.time)
                    blame.charge(group: group, command, caused)
                }
                if isCounted { groups[group].changeHolders(by: edge.isStart ? 1 : -1, at: edge.time) }
            }
        }
    }

    private mutating func makeField(_ name: [UInt8]) -> Dictionary<[UInt8], ConflictField>.Index {
        if fields.count >= Self.memory { fields = fields.filter { !$0.value.isUnused } }
        fields[name] = ConflictField()
        guard let index = fields.index(forKey: name) else { preconditionFailure("what has just been stored is not there") }
        return index
    }
}
