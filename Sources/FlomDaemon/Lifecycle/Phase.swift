/// Where a daemon is in its life. From each phase it may also exit.
///
/// | phase | what holds | next |
/// |---|---|---|
/// | `starting` | the daemon looks into what was left open, and serves nobody yet | `serving`, `stopping` |
/// | `serving` | all are served | `draining`, `beingReplaced`, `stopping` |
/// | `draining` | no new requests; it ends with the last open one | `beingReplaced`, `stopping` |
/// | `beingReplaced` | as before, until the successor that was started takes over or is given up | the phase before, `draining`, `stopping` |
/// | `stopping` | nobody is let in any more; what has been sent by now is heard | – |
enum Phase {
    case starting
    case serving
    case draining(by: String)
    case beingReplaced(Replacement, drainedBy: String?)
    case stopping

    var isStopping: Bool { if case .stopping = self { true } else { false } }

    /// Who wants the daemon to end with its last open request; nil if nobody does.
    var drainedBy: String? {
        switch self {
        case .draining(let who): who
        case .beingReplaced(_, let who): who
        case .starting, .serving, .stopping: nil
        }
    }

    /// How the daemon is being replaced. Whoever sets it to nil has given the successor up.
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

    /// - Returns: whether that is news.
    mutating func drain(by who: String) -> Bool {
        guard drainedBy == nil else { return false }
        switch self {
        case .starting, .serving, .draining: self = .draining(by: who)
        case .beingReplaced(let replacement, _): self = .beingReplaced(replacement, drainedBy: who)
        case .stopping: return false
        }
        return true
    }

    /// - Returns: whether that is news.
    mutating func stop() -> Bool {
        if isStopping { return false }
        self = .stopping
        return true
    }
}
