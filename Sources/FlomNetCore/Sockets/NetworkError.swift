internal import FlomSystem

/// An error between two ends, with a sentence for the user: what happened, to what, and what to do.
package struct NetworkError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The address has no listener; a daemon may be started.
        case nobodyListens
        /// The time that the user gave, or the limit of the step, has passed.
        case timedOut
        /// The other side closed the connection.
        case closed
        /// The other side does not speak the protocol.
        case notFLoM
        /// What exists there must not be used or replaced.
        case refused
        case failed
    }

    package let kind: Kind
    package let sentence: String
    /// The number at the end of 1.7.2's message; nil if the step that failed determines it.
    package let number: Int32?
    /// Whether an address was not found, so that nothing was tried there.
    package private(set) var isUnresolved = false

    package var unresolved: NetworkError {
        var error = self
        error.isUnresolved = true
        return error
    }

    package init(_ kind: Kind, _ sentence: String, number: Int32? = nil) {
        self.kind = kind
        self.sentence = sentence
        self.number = number
    }

    /// - Parameter name: the text that the user gave as a multicast group.
    package static func noGroup(_ name: String) -> NetworkError {
        NetworkError(
            .refused, "'\(name)' is no multicast address: groups are 224.0.0.0 to 239.255.255.255 and those that begin with ff")
    }
}
