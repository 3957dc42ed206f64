package import FlomModel

/// The value of a key, and the forms in which people see it.
package enum ShownValue: Hashable, Sendable {
    /// Nil and empty: not set.
    case text(String?)
    /// A word out of few, or a number with its unit.
    case word(String)
    case integer(Int64)
    case flag(Bool)
    case mode(LockMode)
    /// - Parameter joiner: what stands between them in the verbose form: `;`, where files write a list into one value, or something
    ///   else, where they repeat the key.
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

    /// As 1.7.2 lists it: texts in quotes, numbers, yes and no as 1 and 0, modes as numbers.
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

    /// As a configuration file writes it: one value, or several for a key that is repeated. One empty value if nothing is set.
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

    /// What a file's reader turns back: blanks at the ends, which an editor may drop, and what would end the line.
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
