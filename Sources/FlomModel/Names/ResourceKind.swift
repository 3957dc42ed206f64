/// The kind of a resource, with the parameters that its name gives. Capacities are at least 1.
package enum ResourceKind: Hashable, Sendable {
    case simple
    case numeric(capacity: Int32)
    /// The elements are in the order of the name. Two elements with the same text are two elements.
    case set(elements: [[UInt8]])
    /// At least one level, none empty.
    case hierarchical(levels: [[UInt8]])
    case sequence(isTransactional: Bool, capacity: Int32)
    case timestamp(StampFormat, capacity: Int32)

    /// Whether a lock has a mode. The other kinds exclude by number, and ignore a mode as 1.7.2 does.
    package var hasModes: Bool {
        switch self {
        case .simple, .hierarchical: true
        case .numeric, .set, .sequence, .timestamp: false
        }
    }

    /// Whether a request has a quantity.
    package var hasQuantity: Bool { if case .numeric = self { true } else { false } }

    /// Whether a grant carries an element that must not come again even after a power loss.
    package var hasDurableElements: Bool { if case .sequence = self { true } else { false } }

    /// Whether two paths, given by their levels, are equal or one leads to the other. Only then can locks on them conflict: otherwise some
    /// level differs.
    @inlinable package static func pathsMeet(_ one: some Sequence<[UInt8]>, _ other: some Sequence<[UInt8]>) -> Bool {
        zip(one, other).allSatisfy { $0 == $1 }
    }

    /// The word for the kind in messages and reports.
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
