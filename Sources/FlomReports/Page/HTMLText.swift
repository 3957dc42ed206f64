/// Escapes text for elements and attributes of HTML.
enum HTMLText {
    static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in SafeText.shown(text).utf8 {
            switch byte {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "\""): result += "&quot;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// JSON as the text of a script element. A `<` could end the element, so it is replaced by its escape in JSON.
    static func scriptData(_ json: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(json.count)
        for byte in json {
            if byte == UInt8(ascii: "<") { result += #"\u003c"#.utf8 } else { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
