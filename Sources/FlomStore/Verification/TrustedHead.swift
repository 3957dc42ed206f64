package import FlomSystem

/// An event that somebody who cannot be talked to by whoever has the file remembers.
package struct TrustedHead: Hashable, Sendable {
    package let number: Int64
    /// Nil when only the number is known.
    package let hash: Digest?

    package init(number: Int64, hash: Digest?) {
        self.number = number
        self.hash = hash
    }
}
