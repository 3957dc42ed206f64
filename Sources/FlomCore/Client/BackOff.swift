package import FlomModel

/// The pauses between attempts to come back: 10 ms, doubling up to 1 s, each shortened at random by up to half, so that a thousand
/// clients do not come all at once.
package struct BackOff: Hashable, Sendable {
    package static let firstMilliseconds: Int64 = 10
    package static let longestMilliseconds: Int64 = 1000

    /// Attempts since the last success that lasted.
    package private(set) var attempts = 0
    private var pauseMilliseconds = firstMilliseconds
    private var succeededAt: Instant?

    package init() {}

    /// An attempt has reached a daemon. What has been reached once may be gone at once again: the pauses begin anew only after a
    /// connection that lasted for the longest of them.
    package mutating func succeeded(at now: Instant) { succeededAt = succeededAt ?? now }

    /// Milliseconds until the next attempt.
    ///
    /// - Parameter random: any byte: what the pause is shortened by.
    package mutating func next(at now: Instant, random: UInt8) -> Int64 {
        precondition(pauseMilliseconds >= Self.firstMilliseconds, "a pause of \(pauseMilliseconds) ms")
        if let since = succeededAt {
            precondition(since <= now, "an attempt has succeeded in the future")
            succeededAt = nil
            if now.milliseconds(since: since) >= Self.longestMilliseconds {
                (attempts, pauseMilliseconds) = (0, Self.firstMilliseconds)
            }
        }
        let pause = pauseMilliseconds
        attempts += 1
        pauseMilliseconds = min(pauseMilliseconds * 2, Self.longestMilliseconds)
        let shortened = pause - Int64(random) * pause / 512
        precondition(shortened > 0, "no pause is left of \(pause) ms")
        return shortened
    }
}
