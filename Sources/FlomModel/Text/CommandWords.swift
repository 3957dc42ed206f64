/// A command line as one run of bytes: each word followed by a NUL, as in `/proc/PID/cmdline`. It travels and is recorded in this form.
package enum CommandWords {
    package static func join(_ words: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(0) { $0 + $1.count + 1 })
        for word in words {
            bytes.append(contentsOf: word)
            bytes.append(0)
        }
        return bytes
    }

    private static let ellipsis = Array("…\0".utf8)

    /// At most `limit` bytes: of a longer command the rest is cut off, and `…` ends the last word that is left. A NUL within a word, which
    /// no argument of a process can have, ends that word.
    package static func join(_ words: [[UInt8]], limit: Int) -> [UInt8] {
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

    /// The words before the last NUL. Bytes after it are dropped: they are no whole word.
    package static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }

    /// Nil if the last word does not end with a NUL.
    package static func splitWhole(_ bytes: [UInt8]) -> [[UInt8]]? {
        bytes.isEmpty || bytes.last == 0 ? split(bytes) : nil
    }
}
