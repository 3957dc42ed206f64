internal import FlomOracles

/// Any bytes as the format of a time stamp: the parser says the same as the C library's own `strftime`.
enum StampTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        // Longer ones have nothing new, and the grammar is slow.
        guard bytes.count <= 400 else { return nil }
        let name = Array("_t_".utf8) + bytes + Array("[1]".utf8)
        return NameJudge.complaint(about: name).map { "\(String(decoding: name, as: UTF8.self).debugDescription) \($0)" }
    }
}
