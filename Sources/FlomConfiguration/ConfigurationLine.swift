/// A line of a configuration file: a `[Group]`, a `Key=Value`, or a comment that starts with `#`. Blanks around the key and before the
/// value are dropped; `\s \t \n \r \\` mean what they mean in 1.7.2.
package enum ConfigurationLine: Equatable {
    /// A comment, or blanks.
    case nothing
    case group(String)
    case groupWithoutEnd
    case setting(key: String, value: [UInt8])
    case unknown

    /// The lines of a file, one for each of its own.
    package static func lines(_ bytes: [UInt8]) -> [ConfigurationLine] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { ConfigurationLine($0) }
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        var line = bytes.drop(while: Self.isBlank)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard let first = line.first, first != UInt8(ascii: "#") else {
            self = .nothing
            return
        }
        if first == UInt8(ascii: "[") {
            let name = Self.withoutBlanksAtEnd(line)
            self = name.last == UInt8(ascii: "]") ? .group(Self.text(name.dropFirst().dropLast())) : .groupWithoutEnd
            return
        }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
            self = .unknown
            return
        }
        self = .setting(
            key: Self.text(Self.withoutBlanksAtEnd(line[..<equals])),
            value: Self.unescaped(line[line.index(after: equals)...].drop(while: Self.isBlank)))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func withoutBlanksAtEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while bytes.last.map(isBlank) == true { bytes.removeLast() }
        return bytes
    }

    private static func unescaped(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "s"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "\\"): result.append(escaped)
            default: result += [byte, escaped]
            }
        }
        return result
    }
}
