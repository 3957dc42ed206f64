/// Scans the bytes of one frame and yields its start tags and their attributes as ranges. Nothing is copied and nothing is allocated:
/// known names are compared byte by byte in place.
///
/// The scanner is strict where a document must be well formed, and bounded: a hostile frame costs no more than one pass over it. It
/// skips what has no meaning in any message: the XML declaration (a declared encoding is ignored, the bytes are UTF-8), processing
/// instructions, comments, CDATA, a DOCTYPE without internal subset, and text except where it is asked for. It is laxer than XML in
/// what 1.7.2's peers may do (wire spec 4.2): no blank between attributes, the same attribute twice, no normalization of white
/// space in values.
///
/// It reads through the array and not through an unsafe pointer: the bytes come from a stranger, and the bounds checks stay in release.
struct XMLScanner: ~Copyable {
    /// The deepest nesting that is accepted. 1.7.2 nests elements 2 deep and ignores nesting; there is room for an extension.
    static let maximumDepth = 16
    /// The most attributes of an element. 1.7.2 writes at most 5, flom at most 21 (in a row of the history); 511 bytes have room for
    /// some 90.
    static let maximumAttributes = 64
    /// The longest name that is accepted. The longest known one has 9 bytes; others may have a prefix.
    static let maximumNameLength = 128
    /// The longest text of an element whose text counts. The longest that flom writes has 84 bytes.
    static let maximumTextLength = 256

    struct Value {
        /// The bytes between the quotes.
        let range: Range<Int>
        /// Whether the bytes contain references, which have to be resolved.
        let hasReferences: Bool
    }

    let bytes: [UInt8]
    /// The name of the attribute that `nextAttribute` found.
    private(set) var attributeName = 0..<0
    private(set) var attributeValue = Value(range: 0..<0, hasReferences: false)

    private var position = 0
    /// Where the name of the innermost open element begins, for comparison with its end tag. It stands apart from the others, so that
    /// ordinary messages, in which only `<msg>` is open, need no array.
    private var innermostName = 0
    private var outerNames: [Int] = []
    private var depth = 0
    private var hasRoot = false
    private var isInTag = false
    private var tagName = 0
    private var attributeCount = 0

    /// - Throws: `malformed` if a byte of the frame is not part of a legal character (`XMLCharacters.firstIllegal`).
    init(_ bytes: [UInt8]) throws(WireError) {
        if let offset = XMLCharacters.firstIllegal(in: bytes) {
            throw .malformed(offset: offset, "no character of XML in UTF-8")
        }
        self.bytes = bytes
    }

    /// The name in the next start tag; nil at the end of the document. The rest of the current tag is skipped.
    mutating func nextElement() throws(WireError) -> Range<Int>? {
        while isInTag { _ = try nextAttribute() }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else {
                try skipText()
                continue
            }
            switch position + 1 < bytes.count ? bytes[position + 1] : 0 {
            case UInt8(ascii: "/"): try endTag()
            case UInt8(ascii: "?"): try skipInstruction()
            case UInt8(ascii: "!"): try skipDeclaration()
            default: return try startTag()
            }
        }
        guard hasRoot, depth == 0 else { throw malformed("it ends with an element open") }
        return nil
    }

    /// Moves to the next attribute of the current start tag.
    ///
    /// - Returns: false if the tag has no more attributes.
    mutating func nextAttribute() throws(WireError) -> Bool {
        guard isInTag else { return false }
        skipWhiteSpace()
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: ">"):
            position += 1
            isInTag = false
            open()
            return false
        case UInt8(ascii: "/"):
            position += 1
            try expect(UInt8(ascii: ">"))
            isInTag = false
            return false
        default:
            attributeCount += 1
            guard attributeCount <= Self.maximumAttributes else { throw malformed("too many attributes") }
            attributeName = try takeName()
            skipWhiteSpace()
            try expect(UInt8(ascii: "="))
            skipWhiteSpace()
            attributeValue = try value(at: position)
            position = attributeValue.range.upperBound + 1
            return true
        }
    }

    /// The text of the element whose start tag was found last, references resolved. Its attributes are skipped. The element must
    /// contain nothing but text.
    mutating func readText() throws(WireError) -> [UInt8] {
        let outerDepth = depth
        while isInTag { _ = try nextAttribute() }
        guard depth > outerDepth else { return [] }
        let start = position
        try skipText()
        guard position - start <= Self.maximumTextLength else { throw malformed("a text is too long") }
        guard stands("</") else { throw malformed("more than text in an element") }
        return try resolved(start..<position)
    }

    private mutating func startTag() throws(WireError) -> Range<Int> {
        guard depth > 0 || !hasRoot else { throw malformed("a second document begins") }
        guard depth < Self.maximumDepth else { throw malformed("nested too deeply") }
        position += 1
        let name = try takeName()
        tagName = name.lowerBound
        hasRoot = true
        isInTag = true
        attributeCount = 0
        return name
    }

    private mutating func endTag() throws(WireError) {
        guard depth > 0 else { throw malformed("an end tag without a start tag") }
        position += 2
        let name = try takeName()
        guard isSame(name, at: innermostName) else { throw malformed("an end tag of another element") }
        skipWhiteSpace()
        try expect(UInt8(ascii: ">"))
        depth -= 1
        if depth > 0 { innermostName = outerNames.removeLast() }
    }

    /// Opens the element whose start tag was read: it is not an empty one.
    private mutating func open() {
        if depth > 0 { outerNames.append(innermostName) }
        innermostName = tagName
        depth += 1
    }

    private mutating func takeName() throws(WireError) -> Range<Int> {
        let name = try name(at: position)
        position = name.upperBound
        return name
    }

    /// Whether the name that begins at `start` equals the one in `range`.
    private func isSame(_ range: Range<Int>, at start: Int) -> Bool {
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != bytes[start + offset] { return false }
        return !XMLCharacters.isNamePart(bytes[start + range.count])
    }

    // Functions that look ahead are not mutating, so that they can hold a span of the bytes.

    private func name(at start: Int) throws(WireError) -> Range<Int> {
        let span = bytes.span
        guard start < span.count, XMLCharacters.isNameStart(span[start]) else { throw malformed("a name is missing") }
        var end = start + 1
        while end < span.count, XMLCharacters.isNamePart(span[end]) { end += 1 }
        guard end - start <= Self.maximumNameLength else { throw malformed("a name is too long") }
        return start..<end
    }

    /// The value whose opening quote is at `open`. The closing quote follows its range.
    private func value(at open: Int) throws(WireError) -> Value {
        let span = bytes.span
        guard open < span.count, span[open] == UInt8(ascii: "\"") || span[open] == UInt8(ascii: "'") else {
            throw malformed("a value without quotes")
        }
        let quote = span[open]
        let start = open + 1
        var end = start
        var hasReferences = false
        while end < span.count {
            switch span[end] {
            case quote:
                return Value(range: start..<end, hasReferences: hasReferences)
            case UInt8(ascii: "&"):
                hasReferences = true
                end = try XMLReference(in: bytes, at: end).end
            case UInt8(ascii: "<"):
                throw .malformed(offset: end, "a < in a value")
            default:
                end += 1
            }
        }
        throw .malformed(offset: end, "it ends inside a value")
    }

    private mutating func skipText() throws(WireError) {
        guard depth > 0 else {
            skipWhiteSpace()
            guard position == bytes.count || bytes[position] == UInt8(ascii: "<") else {
                throw malformed("text outside the message")
            }
            return
        }
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            if bytes[position] == UInt8(ascii: "&") {
                position = try XMLReference(in: bytes, at: position).end
            } else {
                position += 1
            }
        }
    }

    private mutating func skipInstruction() throws(WireError) {
        position += 2
        _ = try takeName()
        position = try end(of: "?>", from: position, "it ends inside a processing instruction")
    }

    private mutating func skipDeclaration() throws(WireError) {
        if stands("<!--") {
            position = try end(of: "-->", from: position + 4, "it ends inside a comment")
        } else if stands("<![CDATA["), depth > 0 {
            position = try end(of: "]]>", from: position + 9, "it ends inside CDATA")
        } else if stands("<!DOCTYPE"), !hasRoot {
            position += 9
            try skipDocumentType()
        } else {
            throw malformed("an unknown declaration")
        }
    }

    private mutating func skipDocumentType() throws(WireError) {
        var quote: UInt8?
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if quote != nil {
                if byte == quote { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return
            } else if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "<") {
                // Entities could be declared there, and no peer needs any.
                throw malformed("a DOCTYPE with declarations of its own")
            }
        }
        throw malformed("it ends inside a DOCTYPE")
    }

    /// The offset behind `literal`.
    ///
    /// - Parameter literal: contains one `>`, at its end.
    private func end(of literal: StaticString, from start: Int, _ complaint: String) throws(WireError) -> Int {
        let length = literal.utf8CodeUnitCount
        let span = bytes.span
        var last = start + length - 1
        while last < span.count {
            if span[last] == UInt8(ascii: ">"), matches((last + 1 - length)..<(last + 1), literal) { return last + 1 }
            last += 1
        }
        throw malformed(complaint)
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count, XMLCharacters.isWhiteSpace(bytes[position]) { position += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(WireError) {
        guard position < bytes.count, bytes[position] == byte else {
            throw malformed("\(Character(Unicode.Scalar(byte))) is missing")
        }
        position += 1
    }

    private func stands(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        return count <= bytes.count - position && matches(position..<(position + count), literal)
    }

    private func malformed(_ complaint: String) -> WireError { .malformed(offset: position, complaint) }
}

// MARK: Looking at what was found

extension XMLScanner {
    // Inlined, because most names differ in length.
    @inline(__always)
    func matches(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        range.count == literal.utf8CodeUnitCount && matchesBytes(range, literal)
    }

    // Compares from the end, because `x-user` and `x-host` begin alike.
    private func matchesBytes(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        var offset = range.count
        while offset > 0 {
            offset -= 1
            if bytes[range.lowerBound + offset] != literal.utf8Start[offset] { return false }
        }
        return true
    }

    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The value of the current attribute with its references resolved, in valid UTF-8.
    func resolvedValue() throws(WireError) -> [UInt8] {
        guard attributeValue.hasReferences else { return Array(bytes[attributeValue.range]) }
        return try resolved(attributeValue.range)
    }

    private func resolved(_ range: Range<Int>) throws(WireError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "&") {
                let reference = try XMLReference(in: bytes, at: index)
                result.append(contentsOf: String(Character(reference.scalar)).utf8)
                index = reference.end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
