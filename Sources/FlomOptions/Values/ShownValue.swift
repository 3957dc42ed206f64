package import FlomModel

/// The value of a key, in its forms for people.
package enum ShownValue: Hashable, Sendable {
    /// Nil and empty mean not set.
    case text(String?)
    /// One of a few words, or a number with its unit.
    case word(String)
    case integer(Int64)
    case flag(Bool)
    case mode(LockMode)
    /// - Parameter joiner: the separator in the verbose form: `;` where a file writes the list as one value; otherwise a file
    ///   repeats the key.
    case list([String], joiner: String)

    package static func number(_ number: some BinaryInteger) -> ShownValue { .integer(Int64(number)) }

    /// Whether nothing is set.
    package var isEmpty: Bool {
        switch self {
        case .text(let text): (text ?? "").isEmpty
        case .list(let items, _): items.isEmpty
        case .word, .integer, .flag, .mode: false
        }
    }

    /// The form of 1.7.2's list: texts in quotes, numbers, yes and no as 1 and 0, modes as numbers.
    package var verbose: String {
        switch self {
        case .text(let text): "'\(text ?? "")'"
        case .word(let word): word
        case .integer(let number): "\(number)"
        case .flag(let flag): flag ? "1" : "0"
        case .mode(let mode): "\(mode.rawValue)"
        case .list(let items, let joiner): "'\(items.joined(separator: joiner))'"
        }
    }

    /// The values as a configuration file writes them: one, or several for a repeated key. One empty value if nothing is set.
    package var configured: [String] {
        switch self {
        case .text(let text): [Self.escaped(text ?? "")]
        case .word(let word): [word]
        case .integer(let number): ["\(number)"]
        case .flag(let flag): [flag ? "yes" : "no"]
        case .mode(let mode): [mode.shortName]
        case .list(let items, ";"): [items.joined(separator: ";")]
        case .list(let items, _): items.isEmpty ? [""] : items.map(Self.escaped)
        }
    }

    /// Escapes what a file's reader converts back: blanks at the ends, which an editor may drop, and line ends.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for (index, character) in text.unicodeScalars.enumerated() {
            let isEnd = index == 0 || index == text.unicodeScalars.count - 1
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case " " where isEnd: result += "\\s"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
