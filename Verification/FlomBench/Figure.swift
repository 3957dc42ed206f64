/// One measured number of a scenario.
struct Figure: Codable {
    let name: String
    var value: Double
    let unit: Unit
}

enum Unit: String, Codable {
    case microseconds = "us"
    case milliseconds = "ms"
    case perSecond = "/s"
    case bytes = "B"
    case kilobytes = "kB"
    case megabytes = "MB"
    case count = ""

    var isBetterWhenLess: Bool { self != .perSecond }

    /// The number as text, with as many digits as are significant.
    func shown(_ value: Double) -> String {
        let digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2
        let number = Text.fixed(value, digits: digits)
        return self == .count ? number : "\(number) \(rawValue)"
    }
}

/// The figures of one contender in one scenario: the medians of all rounds.
struct Measurement: Codable {
    let scenario: String
    let contender: String
    var figures: [Figure]

    func value(of figure: Figure) -> Double? { figures.first { $0.name == figure.name }?.value }
}

enum Medians {
    /// The median of each figure over several rounds.
    static func of(_ rounds: [[Figure]]) -> [Figure] {
        guard let first = rounds.first else { return [] }
        return first.indices.map { index in
            var figure = first[index]
            let values = rounds.compactMap { $0.indices.contains(index) ? $0[index].value : nil }.sorted()
            figure.value = values[values.count / 2]
            return figure
        }
    }
}

enum Text {
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        guard digits > 0 else { return "\(whole)" }
        let fraction = String(whole.magnitude % UInt64(scale) + UInt64(scale)).dropFirst()
        return "\(whole < 0 ? "-" : "")\(whole.magnitude / UInt64(scale)).\(fraction)"
    }
}
