/// The upper ends of a histogram's buckets in ascending order. Above the last one is a bucket without an end.
package struct HistogramBounds: Hashable, Sendable {
    /// Nil for the usual ones: every command has settings with them, and none is to pay for the list.
    private let own: [Int64]?
    package var nanoseconds: [Int64] { own ?? Self.usualNanoseconds }

    /// The most buckets with an end: each is a series for each resource.
    package static let most = 40
    /// The longest end: thirty years.
    private static let longestSeconds: Int64 = 1_000_000_000

    /// For waits and holds of commands.
    package static var usual: HistogramBounds { HistogramBounds(own: nil) }
    private static let usualNanoseconds = [
        1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 60_000, 300_000, 1_800_000, 3_600_000, 14_400_000,
    ].map { $0 * Int64(1_000_000) }

    /// For what a disk does.
    package static let disk = HistogramBounds(
        own: [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000].map {
            $0 * Int64(1000)
        })

    private init(own: [Int64]?) { self.own = own }

    /// Reads seconds that are separated by commas: `0.001,0.5,60`. Nil for anything else, and for numbers that do not ascend.
    package init?(text: String) {
        var bounds: [Int64] = []
        for word in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let bound = Self.nanoseconds(word), bound > bounds.last ?? 0, bounds.count < Self.most else { return nil }
            bounds.append(bound)
        }
        own = bounds == Self.usualNanoseconds ? nil : bounds
    }

    /// As it is read.
    package var text: String { seconds.joined(separator: ",") }

    /// Each end in seconds.
    package var seconds: [String] { nanoseconds.map(Self.seconds) }

    private static func seconds(_ nanoseconds: Int64) -> String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return "\(whole)" }
        var digits = String(String(1_000_000_000 + rest).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// Reads a decimal number of seconds with at most nine digits behind the point.
    private static func nanoseconds(_ word: Substring.UTF8View.SubSequence) -> Int64? {
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.count <= 10 }),
            parts.joined().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        func number(_ digits: some Sequence<UInt8>) -> Int64 { digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) } }
        let whole = number(parts[0])
        var behind: [UInt8] = parts.count > 1 ? Array(parts[1]) : []
        guard whole <= longestSeconds, behind.count <= 9 else { return nil }
        while behind.count < 9 { behind.append(UInt8(ascii: "0")) }
        return whole * 1_000_000_000 + number(behind)
    }
}
