/// The durations of ended holds, in nanoseconds.
package struct HoldTimes: Hashable {
    private var sorted: [Int64] = []

    package init() {}

    package mutating func add(_ nanoseconds: Int64) {
        let place = sorted.firstIndex { $0 > nanoseconds } ?? sorted.count
        sorted.insert(nanoseconds, at: place)
    }

    package var count: Int { sorted.count }

    /// The duration that `percent` percent of the holds do not exceed; nil without any.
    package func percentile(_ percent: Int) -> Int64? {
        sorted.isEmpty ? nil : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }

    var text: String? {
        guard let median = percentile(50), let most = percentile(95) else { return nil }
        if count == 1 { return "the last hold took \(TimeText.span(median))" }
        return "a hold usually takes \(TimeText.span(median)), 95 % within \(TimeText.span(most))"
    }
}
