internal import FlomSystem

/// The pauses between attempts to come back: 10 ms, doubling up to 1 s, each shortened at random by up to half, so that a thousand
/// clients do not come all at once.
struct BackOff {
    private static let firstMilliseconds: Int64 = 10
    private static let longestMilliseconds: Int64 = 1000

    private(set) var attempts = 0
    private var pauseMilliseconds = firstMilliseconds

    /// Milliseconds until the next attempt.
    mutating func next() -> Int64 {
        let pause = pauseMilliseconds
        attempts += 1
        pauseMilliseconds = min(pauseMilliseconds * 2, Self.longestMilliseconds)
        return pause - Int64(Host.randomBytes(1)[0]) * pause / 512
    }
}
