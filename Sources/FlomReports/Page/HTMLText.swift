/// Text and attributes of HTML, whatever is in them.
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

    /// JSON that is the text of a script element: there a `<` could end it, and means the same as its escape.
    static func scriptData(_ json: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(json.count)
        for byte in json {
            if byte == UInt8(ascii: "<") { result += #"\u003c"#.utf8 } else { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
