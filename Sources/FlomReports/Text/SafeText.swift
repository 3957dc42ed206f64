/// Text that contains other users' commands and names, shown so that it cannot control the terminal.
package enum SafeText {
    /// Replaces bytes that are not UTF-8 by U+FFFD, and changes nothing else.
    package static func repaired(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    package static func shown(_ bytes: [UInt8]) -> String { shown(String(decoding: bytes, as: UTF8.self)) }

    package static func shown(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return result
    }

    /// The words of a command as one would type them.
    package static func command(_ words: [[UInt8]]) -> String { words.map(quoted).joined(separator: " ") }

    private static func quoted(_ word: [UInt8]) -> String {
        let isPlain = !word.isEmpty && word.allSatisfy { plain.contains($0) || $0 >= 0x80 }
        return isPlain
            ? shown(word)
            : "'" + shown(word).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%".utf8)
}
