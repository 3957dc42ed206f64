/// A request to read something over HTTP.
package struct HTTPRequest: Sendable {
    /// The path without its query, decoded: `/api/v1/history`.
    package let path: String
    /// The parameters of the query in their order, decoded.
    package let parameters: [Parameter]
    /// The field `Accept`; empty without one.
    package let accept: String
    /// Whether the reader takes an answer that is compressed by gzip.
    package let takesGzip: Bool
    /// The number in the field `Last-Event-ID`, with which a browser goes on with a stream of events; nil without one.
    package let lastEvent: Int64?

    package struct Parameter: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    /// - Parameter target: as in the first line of a request: `/api/v1/history?user=joe`.
    /// - Returns: nil for a target that is no path, or whose escapes or bytes are wrong.
    package init?(target: String, accept: String = "", acceptEncoding: String = "", lastEvent: String? = nil) {
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard target.utf8.first == UInt8(ascii: "/"), let path = Self.decoded(parts[0], plusIsBlank: false) else { return nil }
        var parameters: [Parameter] = []
        for pair in parts.count > 1 ? parts[1].split(separator: UInt8(ascii: "&")) : [] {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0], plusIsBlank: true),
                let value = sides.count > 1 ? Self.decoded(sides[1], plusIsBlank: true) : ""
            else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        self.path = path
        self.parameters = parameters
        self.accept = accept
        takesGzip = Self.takesGzip(acceptEncoding)
        self.lastEvent = lastEvent.flatMap { Int64($0) }
    }

    /// Reads the field `Accept-Encoding` of RFC 9110: gzip by its name or, without that, by `*`; a weight of 0 refuses it.
    private static func takesGzip(_ field: String) -> Bool {
        var (named, any): (Bool?, Bool?) = (nil, nil)
        for item in field.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let isTaken = !parts.dropFirst().contains {
                $0.hasPrefix("q=0") && $0.dropFirst(3).allSatisfy { $0 == "." || $0 == "0" }
            }
            switch parts.first {
            case "gzip", "x-gzip": named = isTaken
            case "*": any = isTaken
            default: break
            }
        }
        return named ?? any ?? false
    }

    /// Decodes the escapes of RFC 3986; nil for a broken one, and for what is not UTF-8 then or has control characters.
    ///
    /// - Parameter plusIsBlank: as in queries that a form has made.
    private static func decoded(_ text: Substring.UTF8View.SubSequence, plusIsBlank: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
