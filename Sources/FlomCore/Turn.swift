package import FlomEngine
package import FlomModel

/// One turn of the loop: inputs step the engine as they come; at the end their events are committed, and then the answers are
/// sent.
///
/// **Order at the end of a turn.** The table follows each event; liveness pipes are made and removed; the gate gets the changes
/// of resources, then events and answers, commits and releases; inquiries begin. A client that gets its answer may send a message
/// at once; it belongs to the next turn, because turns do not nest.
package struct Turn: Sendable {
    /// The effects of the turn that takes inputs, and of the one that is ending. Both keep their capacity.
    private var effects = Effects()
    private var finished = Effects()
    private var isEnding = false
    /// Whether any input has come since the last turn ended.
    package private(set) var isOpen = false

    package init() {}

    /// - Returns: whether this is the first input of the turn, so that its end must be scheduled.
    package mutating func apply(_ input: Input, at now: Moment, _ engine: inout Engine) -> Bool {
        engine.step(input, at: now, into: &effects)
        defer { isOpen = true }
        return !isOpen
    }

    package mutating func end() {
        precondition(!isEnding, "a turn ends within a turn: \(finished.events.count) events, \(finished.answers.count) answers")
        (isEnding, isOpen) = (true, false)
        swap(&effects, &finished)
    }

    /// Everything of the turn has been handed on.
    package mutating func ended() {
        precondition(isEnding, "a turn has ended that does not end")
        finished.removeAll()
        isEnding = false
    }

    // MARK: - Of the turn that is ending

    package var events: [Event] {
        precondition(isEnding, "the events of a turn are taken before its end")
        return finished.events
    }
    package var answers: [Answer] { finished.answers }
    package var offers: [Offered] { finished.offers }
    /// Requests that have lost their sessions: their holders are to be examined.
    package var inquiries: [RequestID] { finished.inquiries }

    /// The changes of resources, without outdated ones: a resource may have become idle and been taken again within the turn.
    /// While it is in use its row need not say when it became idle, and each row that is not written saves a page.
    ///
    /// - Parameter isInUse: whether a request holds or awaits the resource now.
    package func forEachChange(isInUse: (ResourceName) -> Bool, handOn: (ResourceChange) -> Void) {
        for change in finished.lives where !Self.isOutdated(change, isInUse) { handOn(change) }
    }

    private static func isOutdated(_ change: ResourceChange, _ isInUse: (ResourceName) -> Bool) -> Bool {
        guard case .lives(let resource) = change, resource.idleSince != nil, resource.state == nil else { return false }
        return isInUse(resource.name)
    }
}
