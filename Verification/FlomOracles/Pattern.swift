/// A regular expression over bytes, matched by Brzozowski's derivatives: what is left of the pattern once a byte has been read. Slow and
/// short, so that it can be believed without tests of its own.
package indirect enum Pattern: Hashable, Sendable {
    case nothing
    case empty
    case byte(of: Set<UInt8>)
    case sequence(Pattern, Pattern)
    case either(Pattern, Pattern)
    case many(Pattern)

    static func bytes(_ text: String) -> Pattern { .byte(of: Set(text.utf8)) }

    /// The text itself.
    static func text(_ text: String) -> Pattern { text.utf8.reduce(.empty) { $0 + .byte(of: [$1]) } }

    static func + (left: Pattern, right: Pattern) -> Pattern {
        if left == .nothing || right == .nothing { return .nothing }
        if left == .empty { return right }
        return right == .empty ? left : .sequence(left, right)
    }

    static func | (left: Pattern, right: Pattern) -> Pattern {
        if left == .nothing || left == right { return right }
        return right == .nothing ? left : .either(left, right)
    }

    /// As `*` in a regular expression.
    var repeated: Pattern { .many(self) }
    /// As `+` in a regular expression.
    var onceOrMore: Pattern { self + .many(self) }

    var matchesEmpty: Bool {
        switch self {
        case .nothing, .byte: false
        case .empty, .many: true
        case .sequence(let first, let second): first.matchesEmpty && second.matchesEmpty
        case .either(let first, let second): first.matchesEmpty || second.matchesEmpty
        }
    }

    /// What may follow that byte. `nothing` means that no text with this beginning matches: no other pattern is without any match.
    func after(_ byte: UInt8) -> Pattern {
        switch self {
        case .nothing, .empty: .nothing
        case .byte(let set): set.contains(byte) ? .empty : .nothing
        case .many(let inner): inner.after(byte) + self
        case .either(let first, let second): first.after(byte) | second.after(byte)
        case .sequence(let first, let second):
            first.matchesEmpty ? (first.after(byte) + second) | second.after(byte) : first.after(byte) + second
        }
    }
}
