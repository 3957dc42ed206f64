/// A command line as column `request.command` keeps it: each word followed by a NUL, as in `/proc/PID/cmdline`.
enum CommandWords {
    static func join(_ words: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(0) { $0 + $1.count + 1 })
        for word in words {
            bytes.append(contentsOf: word)
            bytes.append(0)
        }
        return bytes
    }

    static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        // Each NUL ends a word, so that the piece after the last one is no word.
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }
}
