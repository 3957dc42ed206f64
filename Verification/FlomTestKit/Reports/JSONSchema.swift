import Foundation

/// A JSON value. `JSONSerialization` does not distinguish true from a number.
package enum JSONValue: Decodable, Equatable, Sendable {
    case truth(Bool)
    case integer(Int)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Int.self) {
            self = .integer(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    package static func of(_ line: some StringProtocol) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
    }

    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var integer: Int? { if case .integer(let number) = self { number } else { nil } }

    fileprivate var type: String {
        switch self {
        case .truth: "boolean"
        case .integer: "integer"
        case .text: "string"
        case .list: "array"
        case .object: "object"
        }
    }
}

/// The part of JSON Schema that the documents here use, read strictly: an unknown word is an error, and a key that the
/// schema does not name is a finding. Otherwise a new key could stay undocumented.
package struct JSONSchema {
    private let root: JSONValue

    /// - Parameter document: a file under `docs/` of this repository.
    package init(document: String) throws {
        let repository = URL(fileURLWithPath: Program.repository)
        let text = try String(contentsOf: repository.appendingPathComponent("docs/\(document)"), encoding: .utf8)
        root = try JSONValue.of(text)
    }

    /// The findings on the lines of a report.
    package func complaints(lines: String) throws -> [String] {
        try lines.split(separator: "\n").flatMap { line in
            try check(try JSONValue.of(line), root, at: "").map { "\($0) in \(line)" }
        }
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, at place: String) throws -> [String] {
        guard case .object(let rules) = schema else { throw NeverHappened(description: "\(schema) is no schema") }
        var complaints: [String] = []
        func expect(_ holds: Bool, _ what: String) { if !holds { complaints.append("\(place): \(value) is not \(what)") } }
        for (word, rule) in rules {
            switch (word, rule) {
            case ("$schema", _), ("title", _): break
            case ("type", .text(let type)): expect(value.type == type, type)
            case ("enum", .list(let values)): expect(values.contains(value), "one of \(values)")
            case ("minimum", .integer(let least)): expect(value.integer.map { $0 >= least } ?? false, "\(least) or more")
            case ("maximum", .integer(let most)): expect(value.integer.map { $0 <= most } ?? false, "\(most) or less")
            case ("pattern", .text(let pattern)):
                let found = try value.text?.firstMatch(of: Regex(pattern))
                expect(found != nil, pattern)
            case ("items", let items):
                guard case .list(let values) = value else { break }
                for (index, item) in values.enumerated() { complaints += try check(item, items, at: "\(place)[\(index)]") }
            case ("required", .list(let keys)):
                for key in keys { expect(value[key.text ?? ""] != nil, "with \(key)") }
            case ("properties", .object(let properties)):
                guard case .object(let members) = value else { break }
                for (key, member) in members {
                    if let schema = properties[key] {
                        complaints += try check(member, schema, at: "\(place).\(key)")
                    } else {
                        complaints.append("\(place): '\(key)' is not documented")
                    }
                }
            default: throw NeverHappened(description: "the schema says \(word): \(rule), which is not understood here")
            }
        }
        return complaints
    }
}
