import FlomModel

/// The rules of each kind of resource, from their text: by looking at names as text, and at all holders one by one.
enum KindRules {
    /// What a request asks for, as words.
    private static func path(_ request: LockPart) -> [Substring]? {
        let text = request.resource.description
        return text.hasPrefix("/") ? text.split(separator: "/") : nil
    }

    static func identity(_ name: ResourceName) -> String {
        let text = name.description
        return text.hasPrefix("/") ? "/" + text.split(separator: "/")[0] : text
    }

    private static func number(_ request: LockPart) -> Int {
        let text = request.resource.description
        return Int(text.split(separator: "[")[1].dropLast())!
    }

    static func elements(_ name: ResourceName) -> [String] { name.description.split(separator: ".").map(String.init) }

    enum Kind { case simple, numeric, set, path, sequence }

    static func kind(_ name: ResourceName) -> Kind {
        let text = name.description
        if text.hasPrefix("/") { return .path }
        if text.hasPrefix("_s_") || text.hasPrefix("_S_") { return .sequence }
        if text.hasSuffix("]") { return .numeric }
        return text.contains(".") ? .set : .simple
    }

    /// Whether two requests for one resource conflict.
    static func conflict(_ one: LockPart, _ other: LockPart) -> Bool {
        switch kind(one.resource) {
        case .simple: return ReferenceModel.conflict(one.mode, other.mode)
        case .path:
            let (first, second) = (path(one)!, path(other)!)
            let isOnLine = first.starts(with: second) || second.starts(with: first)
            return isOnLine && ReferenceModel.conflict(one.mode, other.mode)
        case .numeric, .set, .sequence: return true
        }
    }

    /// Whether a request fits beside those who hold its resource.
    static func fits(_ request: LockPart, beside holders: [LockPart]) -> Bool {
        switch kind(request.resource) {
        case .simple, .path: return !holders.contains { conflict($0, request) }
        case .numeric: return holders.reduce(Int(request.quantity)) { $0 + Int($1.quantity) } <= number(request)
        case .set: return holders.count < elements(request.resource).count
        case .sequence: return holders.count < number(request)
        }
    }

    static func isImpossible(_ request: LockPart) -> Bool {
        kind(request.resource) == .numeric && !(1...number(request)).contains(Int(request.quantity))
    }

    /// Whether neither of two can be granted if the other cannot: then the first is served first.
    static func areEqual(_ one: LockPart, _ other: LockPart) -> Bool {
        guard one.resource == other.resource else { return false }
        switch kind(one.resource) {
        case .simple, .path: return one.mode == other.mode
        case .numeric: return one.quantity == other.quantity
        case .set, .sequence: return true
        }
    }

    /// A request has one part of a resource, but for several paths of one tree that do not exclude each other.
    static func overlap(_ one: LockPart, _ other: LockPart) -> Bool {
        guard identity(one.resource) == identity(other.resource) else { return false }
        return kind(one.resource) != .path || one.resource == other.resource || conflict(one, other)
    }

    /// The order in which whoever wants several resources wants them: by the bytes of their names.
    static func canonical(_ parts: [LockPart]) -> [LockPart] {
        parts.sorted { $0.resource.bytes.lexicographicallyPrecedes($1.resource.bytes) }
    }
}
