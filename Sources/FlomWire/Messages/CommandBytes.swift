/// The words of a command as one run of bytes: each word followed by a NUL, as in `/proc/PID/cmdline`.
enum CommandBytes {
    private static let ellipsis = Array("…\0".utf8)

    /// At most `limit` bytes: of a command that is too long the rest is cut off, with `…` at the end of the last word that is
    /// left. A NUL within a word, which no argument of a process can have, ends that word.
    static func joined(_ words: [[UInt8]], limit: Int) -> [UInt8] {
        var joined: [UInt8] = []
        for word in words {
            joined.append(contentsOf: word.prefix { $0 != 0 })
            joined.append(0)
            if joined.count > limit { return cut(joined, limit) }
        }
        return joined
    }

    private static func cut(_ joined: [UInt8], _ limit: Int) -> [UInt8] {
        var end = limit - ellipsis.count
        // Not within a character: its first byte goes with the others, of which there are at most three.
        for _ in 0..<3 where end > 0 && joined[end] & 0xC0 == 0x80 { end -= 1 }
        return joined[..<end] + ellipsis
    }

    /// Nil if the last word is not ended.
    static func words(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard let last = bytes.last else { return [] }
        guard last == 0 else { return nil }
        return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    }
}
