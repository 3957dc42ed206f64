internal import CSQLite

/// The SQL function that looks for a piece of text in a command line as column `request.command` keeps it.
enum CommandSearch {
    /// `command_contains(command, only_program, piece)`.
    static let function = "command_contains"

    static func prepare(_ database: Database) throws(JournalError) {
        try database.define(function, argumentCount: 3, answer)
    }

    /// The NUL that ends a word in the journal is the blank between two words to those who look for them.
    static func contains(_ command: UnsafeRawBufferPointer, onlyProgram: Bool, _ piece: UnsafeRawBufferPointer) -> Bool {
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
}

/// As SQLite calls it.
private func answer(context: OpaquePointer?, count: Int32, arguments: UnsafeMutablePointer<OpaquePointer?>?) {
    guard let arguments, count == 3 else { return }
    let found = CommandSearch.contains(
        bytes(arguments[0]), onlyProgram: sqlite3_value_int(arguments[1]) != 0, bytes(arguments[2]))
    sqlite3_result_int(context, found ? 1 : 0)
}

private func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: sqlite3_value_blob(value), count: Int(sqlite3_value_bytes(value)))
}
