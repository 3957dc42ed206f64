internal import Glibc

/// The text of the lines of a trace.
enum TraceText {
    /// - Parameter second: seconds since 1970-01-01 UTC.
    static func localTime(_ second: Int64) -> String {
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Replaces bytes that are not printable ASCII by `\x0A` and the like, so that each step stays one line whatever a peer
    /// sends.
    static func printable(_ bytes: [UInt8]) -> String {
        if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            if (0x20..<0x7F).contains(byte) {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Attributes with secrets: the session's secret, and command lines, of which the daemon may hide words.
    private static let secretAttributes = ["x-sess", "argv"].map { Array($0.utf8) }

    /// A message with `***` in place of the values of secret attributes, however they are quoted.
    static func withoutSecrets(_ message: [UInt8]) -> [UInt8] {
        var shown: [UInt8] = []
        var rest = message[...]
        while let byte = rest.first {
            guard let name = secretAttributes.first(where: { rest.starts(with: $0) }) else {
                shown.append(byte)
                rest.removeFirst()
                continue
            }
            shown += name
            rest = rest.dropFirst(name.count)
            let isBlank = { (byte: UInt8) in byte == 0x20 || (0x9...0xD).contains(byte) }
            let value = rest.drop(while: isBlank)
            guard value.first == UInt8(ascii: "=") else { continue }
            let quoted = value.dropFirst().drop(while: isBlank)
            guard let quote = quoted.first else { continue }
            // A value without an end hides everything after it.
            let end = quoted.dropFirst().firstIndex(of: quote).map { $0 + 1 } ?? rest.endIndex
            shown += Array("=\"***\"".utf8)
            rest = rest[end...]
        }
        return shown
    }
}
