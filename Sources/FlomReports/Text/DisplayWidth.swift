/// The width of text on a terminal, in columns.
package enum DisplayWidth {
    package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

    /// The part of the text that fits, with `…` at the end if it was cut. Nothing fits in less than one column.
    package static func cut(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var left = width - 1
        let beginning = text.prefix { character in
            left -= of(character)
            return left >= 0
        }
        return width > 0 ? beginning + "…" : ""
    }

    private static func of(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Unicode's East Asian Wide characters, in blocks, and pictographs.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
