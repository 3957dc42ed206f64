internal import FlomStore

/// The part of a command line that is put on record. The client applies its own setting before the command line leaves the
/// process, and the daemon applies its own to what it is sent: what one of them hides is hidden.
package struct CommandRecording: Hashable, Sendable {
    package enum Extent: String, CaseIterable, Hashable, Sendable {
        case full
        /// The first word of the command line.
        case name
        case none
    }

    package var extent = Extent.full
    package var redactions: [Redaction] = []

    /// The most redactions. It bounds the endpoint record, a page that carries them in hexadecimal, and the time for a command
    /// line.
    package static let redactionLimit = 16

    package init() {}

    /// The words that are put on record; nil when nothing is.
    package func recorded(_ words: [[UInt8]]) -> [[UInt8]]? {
        switch extent {
        case .none: nil
        case .name: Array(redacted(words).prefix(1))
        case .full: redacted(words)
        }
    }

    /// Applies every pattern to the original words, so that none can hide from another what it looks for.
    private func redacted(_ words: [[UInt8]]) -> [[UInt8]] {
        guard !redactions.isEmpty else { return words }
        var result = words
        for redaction in redactions { redaction.apply(to: &result, original: words) }
        return result
    }
}

/// A pattern for what to hide in a command line: one word, or two words that follow each other. `*` stands for any bytes, also
/// none, and occurs at least once. Where a whole word matches, or both words do, each `*` is replaced by `***`.
package struct Redaction: Hashable, Sendable {
    package static let longestPattern = 64

    /// One or two, with no `*` beside another.
    private let words: [[UInt8]]

    /// - Returns: nil unless the pattern is one word, or two with blanks between, with a `*`, of at most `longestPattern` bytes.
    package init?(_ pattern: [UInt8]) {
        let words = pattern.split(separator: UInt8(ascii: " ")).map { Self.simplified($0) }
        guard (1...2).contains(words.count), pattern.count <= Self.longestPattern, !pattern.contains(0),
            words.contains(where: { $0.contains(Self.star) })
        else { return nil }
        self.words = words
    }

    package var pattern: [UInt8] { Array(words.joined(separator: [UInt8(ascii: " ")])) }

    private static let star = UInt8(ascii: "*")

    private static func simplified(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in word where byte != star || result.last != star { result.append(byte) }
        return result
    }

    fileprivate func apply(to result: inout [[UInt8]], original: [[UInt8]]) {
        guard original.count >= words.count else { return }
        for start in 0...(original.count - words.count) {
            let matches = words.indices.allSatisfy { Self.matches(original[start + $0], words[$0]) }
            guard matches else { continue }
            for (offset, word) in words.enumerated() where word.contains(Self.star) {
                // Only the pattern's own text is shown.
                result[start + offset] = word.flatMap { $0 == Self.star ? [Self.star, Self.star, Self.star] : [$0] }
            }
        }
    }

    private static func matches(_ word: [UInt8], _ pattern: [UInt8]) -> Bool {
        word.withUnsafeBytes { word in pattern.withUnsafeBytes { TextSearch.matches(word, $0, wildcard: nil) } }
    }
}

/// The form in the endpoint record: on one line, whatever is in the patterns.
extension CommandRecording {
    package init?(recordText text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let extent = Extent(rawValue: String(parts[0])) else { return nil }
        self.init()
        self.extent = extent
        let digits = Array(parts[1].utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        redactions = bytes.split(separator: 0).compactMap { Redaction(Array($0)) }
    }

    package var recordText: String {
        let bytes = redactions.map(\.pattern).joined(separator: [0])
        let digits = Array("0123456789abcdef".utf8)
        return "\(extent.rawValue):"
            + String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
