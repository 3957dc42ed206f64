internal import FlomModel

/// A JSON object as `JSONWriter` writes it. It supports what the journal's details need, and no more.
struct JSONObject: Hashable, Sendable {
    indirect enum Value: Hashable, Sendable {
        case truth(Bool)
        case number(Int64)
        case text(String)
        case list([Value])
        case object(JSONObject)
    }

    struct Field: Hashable, Sendable {
        var key: String
        var value: Value
    }

    /// The fields in their order. There are few of them: a linear search is quicker than a table.
    private(set) var fields: [Field] = []

    static let empty = JSONObject(fields: [])

    private init(fields: [Field]) { self.fields = fields }

    /// Nil unless the bytes are exactly one object.
    init?(_ bytes: [UInt8]) {
        var parser = JSONParser(bytes)
        guard let object = parser.object(), parser.isAtEnd else { return nil }
        self = object
    }

    subscript(key: String) -> Value? { fields.first { $0.key == key }?.value }

    func number(_ key: String) -> Int64? { if case .number(let number)? = self[key] { number } else { nil } }

    func number<Number: FixedWidthInteger>(_ key: String, as type: Number.Type) -> Number? {
        number(key).map { Number(truncatingIfNeeded: $0) }
    }

    func text(_ key: String) -> String? { if case .text(let text)? = self[key] { text } else { nil } }

    func truth(_ key: String) -> Bool? { if case .truth(let truth)? = self[key] { truth } else { nil } }

    /// The exact bytes of a value, also those that are not UTF-8; nil if their Base64 is not valid.
    func bytes(_ key: String) -> [UInt8]? {
        if let encoded = text(key + "_base64") { return Self.decoded(encoded) }
        return text(key).map { Array($0.utf8) }
    }

    /// A list of byte strings, under the same rule.
    func words(_ key: String) -> [[UInt8]]? {
        guard let encoded = texts(key + "_base64") else { return texts(key)?.map { Array($0.utf8) } }
        let words = encoded.compactMap(Self.decoded)
        return words.count == encoded.count ? words : nil
    }

    private static func decoded(_ base64: String) -> [UInt8]? { Base64.decodeSkippingOthers(Array(base64.utf8).span) }

    func objects(_ key: String) -> [JSONObject]? {
        guard case .list(let values)? = self[key] else { return nil }
        return values.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    private func texts(_ key: String) -> [String]? {
        guard case .list(let values)? = self[key] else { return nil }
        return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    fileprivate mutating func add(_ key: String, _ value: Value) { fields.append(Field(key: key, value: value)) }
}

/// Parses from left to right. Its functions return nil, or false, for input that does not fit.
private struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0
    /// The greatest depth of nesting: more than any detail has, and too little to overflow the stack.
    private var depth = 0
    private static let deepest = 8

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count,
            bytes[index..<index + count].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: count))
        else { return false }
        index += count
        return true
    }

    mutating func object() -> JSONObject? {
        guard skip("{") else { return nil }
        var object = JSONObject.empty
        if skip("}") { return object }
        repeat {
            guard let key = text(), skip(":"), let value = value() else { return nil }
            object.add(key, value)
        } while skip(",")
        return skip("}") ? object : nil
    }

    private mutating func value() -> JSONObject.Value? {
        guard index < bytes.count, depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        switch bytes[index] {
        case UInt8(ascii: "\""): return text().map { .text($0) }
        case UInt8(ascii: "{"): return object().map { .object($0) }
        case UInt8(ascii: "["): return list().map { .list($0) }
        case UInt8(ascii: "t"): return skipWord("true") ? .truth(true) : nil
        case UInt8(ascii: "f"): return skipWord("false") ? .truth(false) : nil
        default: return number().map { .number($0) }
        }
    }

    private mutating func list() -> [JSONObject.Value]? {
        index += 1
        var values: [JSONObject.Value] = []
        if skip("]") { return values }
        repeat {
            guard let value = value() else { return nil }
            values.append(value)
        } while skip(",")
        return skip("]") ? values : nil
    }

    private mutating func number() -> Int64? {
        let isNegative = skip("-")
        var magnitude: UInt64 = 0
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
            let (product, isTooLong) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = product.addingReportingOverflow(UInt64(bytes[index] - UInt8(ascii: "0")))
            guard !isTooLong, !isTooLarge else { return nil }
            magnitude = sum
            index += 1
        }
        guard index > start else { return nil }
        // Start times are 64-bit numbers without a sign; their column stores them with one.
        let value = Int64(bitPattern: magnitude)
        return isNegative ? 0 &- value : value
    }

    private mutating func text() -> String? {
        guard skip("\"") else { return nil }
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        guard index < bytes.count else { return nil }
        guard bytes[index] == UInt8(ascii: "\\") else {
            defer { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            if skip("\"") { return String(decoding: text, as: UTF8.self) }
            guard skip("\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            guard let character = escaped() else { return nil }
            text.append(character)
        }
        return nil
    }

    /// Reads the escapes that `JSONWriter` writes: control characters, the quotation mark and the backslash.
    private mutating func escaped() -> UInt8? {
        if skip("n") { return UInt8(ascii: "\n") }
        if skip("r") { return UInt8(ascii: "\r") }
        if skip("t") { return UInt8(ascii: "\t") }
        if skip("\"") { return UInt8(ascii: "\"") }
        if skip("\\") { return UInt8(ascii: "\\") }
        guard skipWord("u00"), index + 2 <= bytes.count,
            let code = UInt8(String(decoding: bytes[index..<index + 2], as: UTF8.self), radix: 16)
        else { return nil }
        index += 2
        return code
    }
}
