internal import FlomModel

/// One line of RFC 4180: fields between commas, quoted where they have to be, CR LF at the end.
///
/// What other users wrote stays one field of one line, and is no formula to a spreadsheet: control characters are shown as U+FFFD, and
/// text that begins like a formula gets an apostrophe before it. Where a cell is therefore not what is on record, a second one beside it
/// has the bytes in Base64.
struct CSVLine {
    private var cells: [String] = []

    /// Without an end of line.
    var text: String { cells.joined(separator: ",") + "\r" }

    mutating func removeAll() { cells.removeAll(keepingCapacity: true) }

    mutating func empty() { cells.append("") }

    /// A number, or a word of our own.
    mutating func add(_ value: some CustomStringConvertible) { cells.append(Self.quoted(value.description)) }

    mutating func add(_ value: (some CustomStringConvertible)?) {
        if let value { add(value) } else { empty() }
    }

    /// What somebody else has chosen.
    mutating func add(text: String) { cells.append(Self.quoted(Self.harmless(SafeText.shown(text)))) }

    /// Two cells: the text, and the bytes unless they are just that.
    mutating func add(bytes: [UInt8]?) {
        guard let bytes else {
            empty()
            return empty()
        }
        let shown = Self.harmless(SafeText.shown(bytes))
        cells.append(Self.quoted(shown))
        if Array(shown.utf8) == bytes { empty() } else { cells.append(Self.base64(bytes)) }
    }

    /// Two cells: the words as one would type them; and, unless that says it all, each word with a NUL behind it.
    mutating func add(command: [[UInt8]]) {
        // A word in quotes is the same word, and begins no formula.
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
