package import FlomModel
internal import FlomStore

/// What has become of requests since the daemon began, as counters that never shrink.
package struct RequestTally: Sendable {
    /// The numbers of events, by the words of the journal.
    package private(set) var events = EventCounts()
    /// How long requests waited until they were granted, by resource.
    package private(set) var waits = DurationsByResource()
    /// How long locks were held, by resource.
    package private(set) var holds = DurationsByResource()
    private var open: [RequestID: OpenTimes] = [:]

    private struct OpenTimes {
        let resource: [UInt8]
        let asked: Instant
        var granted: Instant?
    }

    package struct EventCounts: Sendable {
        package var requested = 0
        package var queued = 0
        package var granted = 0
        package var released = 0
        package var refused = 0
        package var timedOut = 0
        package var withdrawn = 0
        package var orphaned = 0
        package var resumed = 0
        package var broken = 0
        /// By the word for the proof.
        package var reclaimed: [String: Int] = [:]
    }

    package init() {}

    package mutating func count(_ event: Event, at now: Instant) {
        switch event.kind {
        case .requested(let request):
            events.requested += 1
            open[event.request] = OpenTimes(resource: request.resource.bytes, asked: now)
        case .queued, .awaitingCreation: events.queued += 1
        case .granted:
            events.granted += 1
            guard let times = open[event.request] else { return }
            waits.add(now.nanoseconds - times.asked.nanoseconds, times.resource)
            open[event.request]?.granted = now
        case .released:
            events.released += 1
            ended(event.request, now)
        case .refused:
            events.refused += 1
            ended(event.request, now)
        case .withdrawn(.timedOut):
            events.timedOut += 1
            ended(event.request, now)
        case .withdrawn:
            events.withdrawn += 1
            ended(event.request, now)
        case .reclaimed(let proof):
            events.reclaimed[proof.word, default: 0] += 1
            ended(event.request, now)
        case .broken:
            events.broken += 1
            ended(event.request, now)
        case .orphaned: events.orphaned += 1
        case .resumed: events.resumed += 1
        case .described, .started, .identified, .passedOver: break
        }
    }

    private mutating func ended(_ request: RequestID, _ now: Instant) {
        guard let times = open.removeValue(forKey: request), let granted = times.granted else { return }
        holds.add(now.nanoseconds - granted.nanoseconds, times.resource)
    }
}

/// Durations, counted by their length, for each of a bounded number of resources.
package struct DurationsByResource: Sendable {
    /// The most resources with a histogram of their own. Later ones are counted together.
    package static let mostResources = 100

    package private(set) var histograms: [[UInt8]: DurationHistogram] = [:]
    /// The durations of all resources that came when there were `mostResources` already.
    package private(set) var others = DurationHistogram()

    mutating func add(_ nanoseconds: Int64, _ resource: [UInt8]) {
        if histograms[resource] != nil || histograms.count < Self.mostResources {
            histograms[resource, default: DurationHistogram()].add(nanoseconds)
        } else {
            others.add(nanoseconds)
        }
    }
}

/// How many durations were at most so long.
package struct DurationHistogram: Sendable {
    /// The upper ends of the buckets in seconds, with their text; the last one has no end.
    package static let bounds: [(seconds: Double, text: String)] = [
        (0.001, "0.001"), (0.005, "0.005"), (0.01, "0.01"), (0.05, "0.05"), (0.1, "0.1"), (0.5, "0.5"), (1, "1"), (5, "5"),
        (10, "10"),
        (60, "60"), (300, "300"), (1800, "1800"), (3600, "3600"), (14_400, "14400"),
    ]

    /// How many fell into each bucket, those of shorter ones not counted; the last place is for what is longer than every bound.
    package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    package private(set) var count = 0
    package private(set) var sumNanoseconds: Int64 = 0

    mutating func add(_ nanoseconds: Int64) {
        let nanoseconds = max(0, nanoseconds)
        let place = Self.bounds.firstIndex { Double(nanoseconds) <= $0.seconds * 1e9 } ?? Self.bounds.count
        counts[place] += 1
        count += 1
        sumNanoseconds += nanoseconds
    }

    mutating func add(_ other: DurationHistogram) {
        for (place, count) in other.counts.enumerated() { counts[place] += count }
        count += other.count
        sumNanoseconds += other.sumNanoseconds
    }
}
