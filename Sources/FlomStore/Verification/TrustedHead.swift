package import FlomSystem

/// An event recorded elsewhere, out of reach of those who can change the journal's file.
package struct TrustedHead: Hashable, Sendable {
    package let number: Int64
    /// The event's hash; nil if only the number is known.
    package let hash: Digest?

    package init(number: Int64, hash: Digest?) {
        self.number = number
        self.hash = hash
    }
}
