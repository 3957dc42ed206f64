/// One of a daemon's limits, and how it stands.
package struct LimitReport: Hashable, Sendable {
    /// Its public name: small letters and `_`.
    package let name: String
    /// How much of it is in use; nil where that is counted for each peer or resource alone.
    package let now: Int?
    package let most: Int
    /// How often somebody was turned away for it since the daemon began.
    package let refused: Int

    package init(_ name: String, now: Int?, most: Int, refused: Int) {
        self.name = name
        self.now = now
        self.most = most
        self.refused = refused
    }
}

/// As the wire carries them: `connections:3:20000:0 connections_per_peer::1000:0`.
extension LimitReport {
    package static func text(_ reports: [LimitReport]) -> String {
        reports.map { "\($0.name):\($0.now.map { "\($0)" } ?? ""):\($0.most):\($0.refused)" }.joined(separator: " ")
    }

    /// What is no report is passed over.
    package static func reports(in text: String) -> [LimitReport] {
        text.split(separator: " ").compactMap { word in
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 4, !parts[0].isEmpty, let most = Int(parts[2]), let refused = Int(parts[3]),
                parts[0].utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F })
            else { return nil }
            return LimitReport(String(parts[0]), now: Int(parts[1]), most: most, refused: refused)
        }
    }
}
