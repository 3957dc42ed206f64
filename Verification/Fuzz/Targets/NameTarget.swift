internal import FlomOracles

/// Any bytes as a resource name: the parser says the same as the grammar.
enum NameTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        // Longer ones have nothing new, and the grammar is slow.
        guard bytes.count <= 400 else { return nil }
        return NameJudge.complaint(about: bytes).map { "\(String(decoding: bytes, as: UTF8.self).debugDescription) \($0)" }
    }
}
