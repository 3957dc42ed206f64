internal import FlomSystem

/// The pauses between attempts to come back: 10 ms, doubling up to 1 s, each shortened at random by up to half, so that a thousand
/// clients do not come all at once.
struct BackOff {
    private static let firstMilliseconds: Int64 = 10
    private static let longestMilliseconds: Int64 = 1000

    private(set) var attempts = 0
    private var pauseMilliseconds = firstMilliseconds

    /// When the last attempt that succeeded did, on `CLOCK_BOOTTIME`.
    private var succeededAt: Int64?

    /// What has been reached once may be gone at once again: only what stays for as long as the longest pause begins anew.
    mutating func succeeded() { succeededAt = succeededAt ?? Clock.boottimeNanoseconds() }

    /// Milliseconds until the next attempt.
    mutating func next() -> Int64 {
        if let since = succeededAt {
            succeededAt = nil
            let stayed = Clock.boottimeNanoseconds() - since
            if stayed >= Self.longestMilliseconds * 1_000_000 { (attempts, pauseMilliseconds) = (0, Self.firstMilliseconds) }
        }
        let pause = pauseMilliseconds
        attempts += 1
        pauseMilliseconds = min(pauseMilliseconds * 2, Self.longestMilliseconds)
        return pause - Int64(Host.randomBytes(1)[0]) * pause / 512
    }
}
