internal import CSQLite

/// Search in texts: by filters, in SQL and on rows, and by the rules that hide parts of command lines. The time is proportional
/// to the length of the text times that of the pattern, however either was chosen. SQLite's own GLOB does not guarantee that.
package enum TextSearch {
    /// SQL function `command_contains(command, only_program, piece)`.
    static let commandContains = "command_contains"
    /// SQL function `name_matches(name, pattern)`.
    static let nameMatches = "name_matches"

    static func prepare(_ database: Database) throws(JournalError) {
        try database.define(commandContains, argumentCount: 3) { context, _, arguments in
            guard let arguments else { return }
            let found = TextSearch.contains(
                bytes(arguments[0]), onlyProgram: sqlite3_value_int(arguments[1]) != 0, bytes(arguments[2]))
            sqlite3_result_int(context, found ? 1 : 0)
        }
        try database.define(nameMatches, argumentCount: 2) { context, _, arguments in
            guard let arguments else { return }
            sqlite3_result_int(context, TextSearch.matches(bytes(arguments[0]), bytes(arguments[1])) ? 1 : 0)
        }
    }

    /// Whether a command line, in the form of column `request.command`, contains a piece of text. The NUL that ends a word
    /// matches a blank in the piece.
    package static func contains(_ command: UnsafeRawBufferPointer, onlyProgram: Bool, _ piece: UnsafeRawBufferPointer) -> Bool {
        var words = command
        if onlyProgram, let end = words.firstIndex(of: 0) { words = .init(rebasing: words[..<end]) }
        // The NUL after the last word is no blank.
        if words.last == 0 { words = .init(rebasing: words.dropLast()) }
        guard piece.count <= words.count else { return false }
        for start in 0...(words.count - piece.count) {
            var matched = 0
            while matched < piece.count {
                let byte = words[start + matched]
                guard (byte == 0 ? UInt8(ascii: " ") : byte) == piece[matched] else { break }
                matched += 1
            }
            if matched == piece.count { return true }
        }
        return false
    }

    /// Whether a name matches a pattern: `*` matches any bytes, `wildcard` any one byte, every other byte itself.
    ///
    /// - Parameter wildcard: the byte that matches any one byte; nil if none does.
    package static func matches(
        _ name: UnsafeRawBufferPointer, _ pattern: UnsafeRawBufferPointer, wildcard: UInt8? = UInt8(ascii: "?")
    ) -> Bool {
        var (at, wanted) = (0, 0)
        // Where to resume if the last `*` has to match one byte more. Earlier stars need no second try.
        var retry: (at: Int, wanted: Int)?
        while at < name.count {
            if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
                wanted += 1
                retry = (at, wanted)
            } else if wanted < pattern.count, pattern[wanted] == wildcard || pattern[wanted] == name[at] {
                at += 1
                wanted += 1
            } else if let last = retry {
                at = last.at + 1
                wanted = last.wanted
                retry = (at, wanted)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

private func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: sqlite3_value_blob(value), count: Int(sqlite3_value_bytes(value)))
}
