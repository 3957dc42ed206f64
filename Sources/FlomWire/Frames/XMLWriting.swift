internal import FlomModel

/// Appends the parts of a message to a buffer, without intermediate strings.
extension [UInt8] {
    /// Appends a text escaped for an attribute. 1.7.2 escapes nothing; a text that needs no escaping has the same bytes.
    mutating func append(escaping text: String) {
        let utf8 = text.utf8.span
        if Self.isPlain(utf8) {
            utf8.withUnsafeBufferPointer { append(contentsOf: $0) }
        } else {
            for scalar in text.unicodeScalars { append(escaping: scalar) }
        }
    }

    /// Appends a text escaped for an attribute. Bytes that are not UTF-8 become U+FFFD.
    mutating func append(escaping text: [UInt8]) {
        if Self.isPlain(text.span) {
            append(contentsOf: text)
        } else {
            append(escaping: String(decoding: text, as: UTF8.self))
        }
    }

    mutating func append(escaping scalar: Unicode.Scalar) {
        switch scalar {
        case "&": append("&amp;")
        case "<": append("&lt;")
        case ">": append("&gt;")
        case "\"": append("&quot;")
        case "'": append("&apos;")
        // A parser may turn bare ones into blanks.
        case "\t": append("&#9;")
        case "\n": append("&#10;")
        case "\r": append("&#13;")
        case _ where !XMLCharacters.isLegal(scalar): append("\u{FFFD}")
        default: append(contentsOf: UTF8.encode(scalar)!)  // every scalar has an encoding
        }
    }

    /// Appends a whole attribute. `opening` is everything up to its value, as in ` port="`.
    mutating func append(_ opening: StaticString, decimal number: some FixedWidthInteger) {
        append(opening)
        append(decimal: number)
        append("\"")
    }

    /// Appends a whole attribute, as above.
    mutating func append(_ opening: StaticString, escaping text: String) {
        append(opening)
        append(escaping: text)
        append("\"")
    }

    /// Appends a whole attribute, as above.
    mutating func append(_ opening: StaticString, escaping text: [UInt8]) {
        append(opening)
        append(escaping: text)
        append("\"")
    }

    /// Whether the text is printable ASCII that needs no escaping.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): return false
            case 0x20..<0x7F: continue
            default: return false
            }
        }
        return true
    }
}

// MARK: The frame around every message

extension [UInt8] {
    static let declaration: StaticString = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>"

    /// Appends `<msg …>`, up to and including its `>`.
    mutating func appendMessageStart(_ verb: Verb, step: Int32 = Step.request, extended: Bool, declared: Bool = true) {
        if declared { append(Self.declaration) }
        append("<msg level=\"3\" verb=\"")
        append(decimal: verb.rawValue)
        append("\" step=\"")
        append(decimal: step)
        append(extended ? "\" x=\"1\">" : "\">")
    }

    mutating func appendMessageEnd() { append("</msg>") }

    /// Appends `<session peerid="…"/>`; nothing without an id.
    mutating func appendSession(peerID: String?) {
        guard let peerID else { return }
        append("<session peerid=\"")
        append(escaping: peerID)
        append("\"/>")
    }

    /// Appends the first of the variants that makes the message no longer than `limit` bytes.
    ///
    /// - Parameters:
    ///   - variants: the variants to try in turn, the fullest first.
    ///   - write: appends the message in the given variant.
    /// - Throws: `tooLong` if none is short enough. Then nothing has been appended.
    mutating func appendFitting<Variant>(
        _ limit: Int,
        _ variants: some Sequence<Variant>,
        _ write: (inout [UInt8], Variant) -> Void
    ) throws(WireError) {
        let start = count
        for variant in variants {
            write(&self, variant)
            if count - start <= limit { return }
            removeSubrange(start...)
        }
        throw .tooLong(limit: limit)
    }
}
