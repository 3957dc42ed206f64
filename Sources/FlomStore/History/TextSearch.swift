internal import CSQLite

/// How texts are looked into: by filters, in SQL and on rows, and by what hides parts of command lines. Both ways take time in
/// proportion to what they look at times what they look for, however either was chosen: SQLite's own GLOB does not.
package enum TextSearch {
    /// `command_contains(command, only_program, piece)`.
    static let commandContains = "command_contains"
    /// `name_matches(name, pattern)`.
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

    /// In a command line as column `request.command` keeps it. The NUL that ends a word there is the blank between two words to
    /// those who look for them.
    package static func contains(_ command: UnsafeRawBufferPointer, onlyProgram: Bool, _ piece: UnsafeRawBufferPointer) -> Bool {
        var words = command
        if onlyProgram, let end = words.firstIndex(of: 0) { words = .init(rebasing: words[..<end]) }
        // Behind the last word is nothing.
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

    /// `*` stands for any bytes, everything else for itself.
    ///
    /// - Parameter joker: stands for any one byte.
    package static func matches(
        _ name: UnsafeRawBufferPointer, _ pattern: UnsafeRawBufferPointer, joker: UInt8? = UInt8(ascii: "?")
    ) -> Bool {
        var (at, wanted) = (0, 0)
        // Where to go on with one byte more for the last `*`: no earlier one needs another try.
        var retry: (at: Int, wanted: Int)?
        while at < name.count {
            if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
                wanted += 1
                retry = (at, wanted)
            } else if wanted < pattern.count, pattern[wanted] == joker || pattern[wanted] == name[at] {
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
