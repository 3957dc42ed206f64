/// The kind of a resource, with what its name says. Capacities are at least 1.
package enum ResourceKind: Hashable, Sendable {
    case simple
    case numeric(capacity: Int32)
    /// In the order of the name; two elements of the same text are two elements.
    case set(elements: [[UInt8]])
    /// At least one level, none empty.
    case hierarchical(levels: [[UInt8]])
    case sequence(isTransactional: Bool, capacity: Int32)
    case timestamp(StampFormat, capacity: Int32)

    /// Whether a request says in which mode it locks. The others exclude by number, and ignore a mode as 1.7.2 does.
    package var hasModes: Bool {
        switch self {
        case .simple, .hierarchical: true
        case .numeric, .set, .sequence, .timestamp: false
        }
    }

    /// Whether a request says how much it takes.
    package var hasQuantity: Bool { if case .numeric = self { true } else { false } }

    /// Whether what a grant carries must not come again even after a power loss.
    package var hasDurableElements: Bool { if case .sequence = self { true } else { false } }

    /// Whether two paths, given by their levels, are the same or one leads to the other: only then can locks on them conflict. Some level
    /// differs otherwise.
    @inlinable package static func pathsMeet(_ one: some Sequence<[UInt8]>, _ other: some Sequence<[UInt8]>) -> Bool {
        zip(one, other).allSatisfy { $0 == $1 }
    }

    /// The word for people and reports.
    package var word: String {
        switch self {
        case .simple: "simple"
        case .numeric: "numeric"
        case .set: "set"
        case .hierarchical: "hierarchical"
        case .sequence: "sequence"
        case .timestamp: "timestamp"
        }
    }
}
