package import FlomModel

/// Durations, counted by their length, for each of a bounded number of resources.
package struct DurationsByResource: Sendable {
    /// The most resources with a histogram of their own. Later ones are counted together.
    package static let mostResources = 100

    package private(set) var histograms: [[UInt8]: DurationHistogram] = [:]
    /// The durations of all resources that came when there were `mostResources` already.
    package private(set) var others: DurationHistogram
    package let bounds: HistogramBounds

    init(_ bounds: HistogramBounds) {
        self.bounds = bounds
        others = DurationHistogram(bounds)
    }

    mutating func add(_ nanoseconds: Int64, _ resource: [UInt8]) {
        if histograms[resource] != nil || histograms.count < Self.mostResources {
            histograms[resource, default: DurationHistogram(bounds)].add(nanoseconds)
        } else {
            others.add(nanoseconds)
        }
    }
}

/// How many durations were at most so long.
package struct DurationHistogram: Sendable {
    package let bounds: HistogramBounds
    /// How many fell into each bucket, those of shorter ones not counted; the last place is for what is longer than every bound.
    package private(set) var counts: [Int]
    package private(set) var count = 0
    package private(set) var sumNanoseconds: Int64 = 0

    package init(_ bounds: HistogramBounds) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.nanoseconds.count + 1)
    }

    package mutating func add(_ nanoseconds: Int64) {
        let nanoseconds = max(0, nanoseconds)
        counts[bounds.nanoseconds.firstIndex { nanoseconds <= $0 } ?? bounds.nanoseconds.count] += 1
        count += 1
        sumNanoseconds += nanoseconds
    }

    mutating func add(_ other: DurationHistogram) {
        for (place, count) in other.counts.enumerated() { counts[place] += count }
        count += other.count
        sumNanoseconds += other.sumNanoseconds
    }
}
