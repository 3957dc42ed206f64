/// Any bytes as a resource name, and as the format of a time stamp.
enum NameTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        // Longer ones have nothing new, and the grammar is slow.
        guard bytes.count <= 400 else { return nil }
        for name in [bytes, Array("_t_".utf8) + bytes + Array("[1]".utf8)] {
            if let complaint = NameJudge.complaint(about: name) {
                return "\(String(decoding: name, as: UTF8.self).debugDescription) \(complaint)"
            }
        }
        return nil
    }
}
