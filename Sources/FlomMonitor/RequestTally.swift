package import FlomModel
internal import FlomStore

/// What has become of requests since the daemon began, as counters that never shrink.
package struct RequestTally: Sendable {
    /// The numbers of events, by the words of the journal.
    package private(set) var events = EventCounts()
    /// How long requests waited until they were granted, by resource.
    package private(set) var waits: DurationsByResource
    /// How long locks were held, by resource.
    package private(set) var holds: DurationsByResource
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

    package init(_ bounds: HistogramBounds = .usual) {
        (waits, holds) = (DurationsByResource(bounds), DurationsByResource(bounds))
    }

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
