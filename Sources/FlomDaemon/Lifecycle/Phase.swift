/// The phases of a daemon's life. It may exit from each.
///
/// | phase | what holds | next |
/// |---|---|---|
/// | `starting` | open requests are looked into; no client is served yet | `serving`, `stopping` |
/// | `serving` | all clients are served | `draining`, `beingReplaced`, `stopping` |
/// | `draining` | no new requests; the end comes with the last open one | `beingReplaced`, `stopping` |
/// | `beingReplaced` | as before, until the successor takes over or is given up | the phase before, `draining`, `stopping` |
/// | `stopping` | no client is let in; messages sent by now still count | – |
enum Phase {
    case starting
    case serving
    case draining(by: String)
    case beingReplaced(Replacement, drainedBy: String?)
    case stopping

    var isStopping: Bool { if case .stopping = self { true } else { false } }

    /// Who ordered the drain; nil without one.
    var drainedBy: String? {
        switch self {
        case .draining(let who): who
        case .beingReplaced(_, let who): who
        case .starting, .serving, .stopping: nil
        }
    }

    /// The replacement under way. Setting it to nil gives the successor up.
    var replacement: Replacement? {
        get { if case .beingReplaced(let replacement, _) = self { replacement } else { nil } }
        set {
            switch self {
            case .stopping: break
            case .starting, .serving, .draining, .beingReplaced:
                let drainedBy = drainedBy
                if let newValue {
                    self = .beingReplaced(newValue, drainedBy: drainedBy)
                } else {
                    self = drainedBy.map { .draining(by: $0) } ?? .serving
                }
            }
        }
    }

    mutating func serve() { if case .starting = self { self = .serving } }

    /// - Returns: whether the phase has changed.
    mutating func drain(by who: String) -> Bool {
        guard drainedBy == nil else { return false }
        switch self {
        case .starting, .serving, .draining: self = .draining(by: who)
        case .beingReplaced(let replacement, _): self = .beingReplaced(replacement, drainedBy: who)
        case .stopping: return false
        }
        return true
    }

    /// - Returns: whether the phase has changed.
    mutating func stop() -> Bool {
        if isStopping { return false }
        self = .stopping
        return true
    }
}
