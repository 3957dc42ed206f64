internal import FlomSystem

/// What went wrong between two ends, as a sentence for the user: what happened, to what, what to do.
package struct NetworkError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Nobody listens there; a daemon may be started.
        case nobodyListens
        /// The time that the user gave, or the limit of the step, has passed.
        case timedOut
        /// The other side closed the connection.
        case closed
        /// The other side does not speak the protocol.
        case notFLoM
        /// What is there must not be used or replaced.
        case refused
        case failed
    }

    package let kind: Kind
    package let sentence: String

    package init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }
}
