internal import Glibc

/// Many durations in nanoseconds.
struct Samples {
    private(set) var values: [Int64] = []

    mutating func add(_ nanoseconds: Int64) { values.append(nanoseconds) }

    /// - Parameter percentiles: in percent; 100 is the worst.
    func figures(_ name: String, _ percentiles: [Double], in unit: Unit = .microseconds) -> [Figure] {
        guard !values.isEmpty else { return [] }
        let sorted = values.sorted()
        return percentiles.map { percent in
            let index = min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))
            let label = percent == 100 ? "worst" : "p\(percent == percent.rounded() ? "\(Int(percent))" : "999")"
            return Figure(
                name: name.isEmpty ? label : "\(name) \(label)",
                value: Double(sorted[index]) / (unit == .milliseconds ? 1e6 : 1e3),
                unit: unit)
        }
    }
}

enum Ticks {
    /// A monotonic clock in nanoseconds.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
