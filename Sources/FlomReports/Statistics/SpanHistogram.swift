/// A histogram of spans of time, in buckets whose width grows with the spans: percentiles of any number of spans in a few
/// kilobytes.
///
/// Up to `exactCount` spans are kept exactly. Beyond that a percentile is off by less than one part in 128.
package struct SpanHistogram {
    private static let exactCount = 64
    /// Bits of a span that choose its bucket: 2^6 buckets for each doubling.
    private static let bits = 6

    private var exact: [Int64] = []
    /// Spans in each bucket, from `firstBucket` on.
    private var counts: [UInt32] = []
    private var firstBucket = 0

    package private(set) var count = 0
    private var largest: Int64 = 0
    private var smallest = Int64.max

    package init() {}

    /// - Parameter span: a span of any unit; below 0 counts as 0.
    package mutating func add(_ span: Int64) {
        let span = max(0, span)
        count += 1
        largest = max(largest, span)
        smallest = min(smallest, span)
        if counts.isEmpty {
            exact.append(span)
            guard exact.count > Self.exactCount else { return }
            for span in exact { count(span) }
            exact = []
        } else {
            count(span)
        }
    }

    /// The greatest span; nil without spans.
    package var maximum: Int64? { count > 0 ? largest : nil }

    /// The smallest span that `percent` percent of all spans do not exceed; nil without spans.
    package func percentile(_ percent: Int) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, (count * percent + 99) / 100)
        guard counts.isEmpty else { return percentile(rank: rank) }
        return exact.sorted()[rank - 1]
    }

    private func percentile(rank: Int) -> Int64 {
        var seen = 0
        for (offset, count) in counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return min(max(Self.middle(ofBucket: firstBucket + offset), smallest), largest) }
        }
        return largest
    }

    private mutating func count(_ span: Int64) {
        let bucket = Self.bucket(of: span)
        if counts.isEmpty {
            firstBucket = bucket
        } else if bucket < firstBucket {
            counts.insert(contentsOf: repeatElement(0, count: firstBucket - bucket), at: 0)
            firstBucket = bucket
        }
        let offset = bucket - firstBucket
        if offset >= counts.count { counts.append(contentsOf: repeatElement(0, count: offset - counts.count + 1)) }
        counts[offset] += 1
    }

    /// The bucket of a span. Below 2^7 each number has a bucket of its own; each further doubling adds 2^6 buckets.
    private static func bucket(of span: Int64) -> Int {
        guard span >= 2 << bits else { return Int(span) }
        let shift = 63 - span.leadingZeroBitCount - bits
        return shift << bits + Int(span >> Int64(shift))
    }

    private static func middle(ofBucket bucket: Int) -> Int64 {
        guard bucket >= 2 << bits else { return Int64(bucket) }
        let shift = bucket >> bits - 1
        let start = Int64(bucket - shift << bits) << Int64(shift)
        return start + (1 << Int64(shift)) / 2
    }
}
