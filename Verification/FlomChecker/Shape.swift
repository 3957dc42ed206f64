/// The kind of a resource, read from its name without the product's parser. Names that the product would refuse do not occur: a
/// history contains accepted requests only.
enum Shape {
    case simple
    case pool(Int)
    /// The elements' texts, in the order of the name.
    case set([[UInt8]])
    case path([ArraySlice<UInt8>])
    case sequence(takesBack: Bool, Int)
    /// Whether the text contains every larger unit of time, so that it can never come again.
    case stamp(isComplete: Bool, Int)

    init?(_ name: [UInt8]) {
        guard let first = name.first else { return nil }
        if first == UInt8(ascii: "/") {
            self = .path(name.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false))
        } else if name.starts(with: "_s_".utf8) || name.starts(with: "_S_".utf8) {
            guard let capacity = Self.number(name) else { return nil }
            self = .sequence(takesBack: name[1] == UInt8(ascii: "S"), capacity)
        } else if name.starts(with: "_t_".utf8) {
            guard let capacity = Self.number(name) else { return nil }
            self = .stamp(isComplete: Self.isComplete(name), capacity)
        } else if name.last == UInt8(ascii: "]") {
            guard let capacity = Self.number(name) else { return nil }
            self = .pool(capacity)
        } else if name.contains(UInt8(ascii: ".")) {
            self = .set(name.split(separator: UInt8(ascii: ".")).map(Array.init))
        } else {
            self = .simple
        }
    }

    /// The name of the resource itself: all paths below one root level are one.
    static func identity(_ name: [UInt8]) -> [UInt8] {
        guard name.first == UInt8(ascii: "/") else { return name }
        let end = name.dropFirst().firstIndex(of: UInt8(ascii: "/")) ?? name.endIndex
        return Array(name[..<end])
    }

    /// The number between the brackets at the end.
    private static func number(_ name: [UInt8]) -> Int? {
        guard let open = name.lastIndex(of: UInt8(ascii: "[")), name.last == UInt8(ascii: "]") else { return nil }
        return Int(String(decoding: name[(open + 1)..<(name.count - 1)], as: UTF8.self))
    }

    private static func isComplete(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        return text.contains("%s") || ["%Y", "%m", "%d", "%H", "%M", "%S"].allSatisfy { text.contains($0) }
    }
}

/// One request's demand on one resource.
struct Want {
    let name: [UInt8]
    let shape: Shape
    let mode: Mode
    let quantity: Int

    /// Whether two requests cannot hold at once; for kinds that count, whether they compete for the same stock.
    func conflicts(with other: Want) -> Bool {
        switch (shape, other.shape) {
        case (.simple, .simple): !mode.goesWith(other.mode)
        case (.path(let mine), .path(let theirs)):
            !mode.goesWith(other.mode) && (mine.starts(with: theirs) || theirs.starts(with: mine))
        default: true
        }
    }

    /// Whether neither fits if the other does not: then first come, first served.
    func equals(_ other: Want) -> Bool { name == other.name && mode == other.mode && quantity == other.quantity }
}
