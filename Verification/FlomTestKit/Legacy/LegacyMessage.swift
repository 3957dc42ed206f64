import Foundation

/// The reason why a message would make a 1.7.2 daemon die, hang or hang up.
package struct Harm: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// A message that a 1.7.2 daemon survives; every other message is `Harm`. The check is stricter than that parser where flom does not need
/// the tolerance.
package struct LegacyMessage: Sendable {
    package struct Element: Sendable {
        package let name: String
        package let attributes: [String: String]
    }

    package let elements: [Element]

    package subscript(_ element: String, _ attribute: String) -> String? {
        elements.last { $0.name == element }?.attributes[attribute]
    }

    package init(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Harm("invalid UTF-8") }
        elements = try Self.parse(text)
        guard elements.first?.name == "msg" else { throw Harm("the first element is not msg: \(text)") }
        guard self["msg", "level"] == "3" else { throw Harm("level is not 3: \(text)") }
        for element in elements where !Self.known.contains(element.name) && !element.attributes.isEmpty {
            throw Harm("an unknown element with attributes: \(element.name)")
        }
    }

    private static let known: Set = ["msg", "session", "resource", "answer", "network", "shutdown"]

    private static func parse(_ text: String) throws -> [Element] {
        let tag = /<([a-z]+)((?:\s+[A-Za-z_][A-Za-z0-9_.:\-]*="(?:[^"<&]|&(?:amp|lt|gt|quot|apos|#[1-9][0-9]*);)*")*)\s*\/?>/
        let attribute = /([A-Za-z_][A-Za-z0-9_.:\-]*)="([^"]*)"/
        var elements: [Element] = []
        var rest = text[...]
        if rest.hasPrefix("<?xml ") {
            guard let end = rest.range(of: "?>") else { throw Harm("an XML declaration without end: \(text)") }
            rest = rest[end.upperBound...]
        }
        while !rest.isEmpty {
            if let end = rest.prefixMatch(of: /<\/[a-z]+>/) {
                rest = rest[end.range.upperBound...]
            } else if let start = rest.prefixMatch(of: tag) {
                var attributes: [String: String] = [:]
                for found in start.output.2.matches(of: attribute) { attributes[String(found.1)] = String(found.2) }
                elements.append(Element(name: String(start.output.1), attributes: attributes))
                rest = rest[start.range.upperBound...]
            } else {
                throw Harm("no XML that 1.7.2 is sure to read: \(text)")
            }
        }
        return elements
    }

    // MARK: - Messages by state

    /// Verb 1, step 8, with everything that a first message needs.
    func checkLock() throws {
        guard self["msg", "verb"] == "1", self["msg", "step"] == "8" else { throw Harm("the first message is no lock request") }
        guard let name = self["resource", "name"], Data(base64Encoded: name)?.isEmpty == false else {
            throw Harm("a lock request without a resource name")
        }
        guard self["resource", "rollback"] == nil else { throw Harm("a lock request with rollback") }
        // Without a mode 1.7.2 reads NL, which excludes no other request: only kinds that have no modes may omit it.
        let hasModes = Data(base64Encoded: name).map { $0.first == UInt8(ascii: "/") || !$0.contains { ".[".utf8.contains($0) } }
        guard let text = self["resource", "mode"] else {
            guard hasModes == false else { throw Harm("a lock request without a mode") }
            return
        }
        guard let mode = Int(text), (0...5).contains(mode) else { throw Harm("a lock request whose mode is not 0 to 5") }
    }

    /// Verb 5, step 8. A second attribute of `shutdown` makes it invalid.
    ///
    /// - Returns: whether it is immediate.
    func checkShutdown() throws -> Bool {
        guard self["msg", "verb"] == "5", self["msg", "step"] == "8" else { throw Harm("the first message is no shutdown") }
        guard let shutdown = elements.last(where: { $0.name == "shutdown" }),
            shutdown.attributes.keys.elementsEqual(["immediate"])
        else { throw Harm("a shutdown without, or with more than, immediate") }
        return shutdown.attributes["immediate"] != "0"
    }

    /// Verb 2, step 8, for the resource that was locked.
    func checkUnlock(of name: String?) throws {
        guard self["msg", "verb"] == "2", self["msg", "step"] == "8" else { throw Harm("neither an unlock nor the end") }
        guard self["resource", "name"] == name else { throw Harm("an unlock of another resource") }
        for attribute in ["mode", "wait", "quantity", "create", "lifespan"] where self["resource", attribute] != nil {
            throw Harm("an unlock with \(attribute)")
        }
    }
}
