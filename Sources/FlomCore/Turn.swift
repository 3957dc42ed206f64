package import FlomEngine
package import FlomModel

/// One turn of the loop: inputs step the engine as they come, and at its end what they did is committed and then told.
///
/// **Order at the end of a turn.** The table follows each event; liveness pipes are made and removed; the gate gets what has become of
/// resources, then events and answers, commits and lets out; inquiries begin. Whoever is sent an answer may say something at once: that
/// belongs to the next turn, because a turn does not end within a turn.
package struct Turn: Sendable {
    /// The effects of the turn that takes inputs, and of the one that is ending. Both keep their capacity.
    private var effects = Effects()
    private var finished = Effects()
    private var isEnding = false
    /// Whether anything has come since the last one ended.
    package private(set) var isOpen = false

    package init() {}

    /// - Returns: whether this is the first input of the turn, so that its end has to be planned.
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

    /// All of it has been handed on.
    package mutating func ended() {
        finished.removeAll()
        isEnding = false
    }

    // MARK: - Of the turn that is ending

    package var events: [Event] { finished.events }
    package var answers: [Answer] { finished.answers }
    /// Requests that have lost their sessions: what is left of them is to be found out.
    package var inquiries: [RequestID] { finished.inquiries }

    /// What has become of resources, without what has become outdated: one that has fallen idle and been taken again within the turn. What
    /// its row says of idling means nothing while it is in use, and each row that is not written saves a page.
    ///
    /// - Parameter isInUse: whether a request holds or awaits a resource now.
    package func forEachChange(isInUse: (ResourceName) -> Bool, handOn: (ResourceChange) -> Void) {
        for change in finished.lives where !Self.isOutdated(change, isInUse) { handOn(change) }
    }

    private static func isOutdated(_ change: ResourceChange, _ isInUse: (ResourceName) -> Bool) -> Bool {
        guard case .lives(let resource) = change, resource.idleSince != nil, resource.state == nil else { return false }
        return isInUse(resource.name)
    }
}
