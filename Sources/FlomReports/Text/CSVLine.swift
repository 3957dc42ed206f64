internal import FlomModel

/// One line of RFC 4180: fields separated by commas, quoted where necessary, with CR LF at the end.
///
/// Text of other users stays one field on one line, and is no formula to a spreadsheet: control characters are shown as U+FFFD,
/// and text that begins like a formula gets an apostrophe in front. Where a cell therefore differs from the record, the next cell
/// has the exact bytes in Base64.
struct CSVLine {
    private var cells: [String] = []

    /// The line without its line feed.
    var text: String { cells.joined(separator: ",") + "\r" }

    mutating func removeAll() { cells.removeAll(keepingCapacity: true) }

    mutating func empty() { cells.append("") }

    /// Adds a number, or a word that flom defines.
    mutating func add(_ value: some CustomStringConvertible) { cells.append(Self.quoted(value.description)) }

    mutating func add(_ value: (some CustomStringConvertible)?) {
        if let value { add(value) } else { empty() }
    }

    /// Adds text that another user has chosen.
    mutating func add(text: String) { cells.append(Self.quoted(Self.harmless(SafeText.shown(text)))) }

    /// Adds two cells: the text, and the bytes in Base64 unless the text is exactly them.
    mutating func add(bytes: [UInt8]?) {
        guard let bytes else {
            empty()
            return empty()
        }
        let shown = Self.harmless(SafeText.shown(bytes))
        cells.append(Self.quoted(shown))
        if Array(shown.utf8) == bytes { empty() } else { cells.append(Self.base64(bytes)) }
    }

    /// Adds two cells: the words as one would type them, and each word with a NUL after it in Base64 unless the first cell is
    /// exact.
    mutating func add(command: [[UInt8]]) {
        // In quotes it is the same word to a shell, and begins no formula.
        var typed = SafeText.command(command)
        if let first = command.first, Self.isFormula(typed) {
            typed = "'" + SafeText.shown(first) + "'" + typed.dropFirst(SafeText.shown(first).count)
        }
        cells.append(Self.quoted(typed))
        let isExact = command.allSatisfy { Array(SafeText.shown($0).utf8) == $0 }
        if isExact { empty() } else { cells.append(Self.base64(CommandWords.join(command))) }
    }

    private static func base64(_ bytes: [UInt8]) -> String { String(decoding: Base64.encode(bytes), as: UTF8.self) }

    private static func isFormula(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        return "=+-@".utf8.contains(first)
    }

    private static func harmless(_ text: String) -> String { isFormula(text) ? "'" + text : text }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
