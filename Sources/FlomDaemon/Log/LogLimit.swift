internal import FlomSettings
internal import FlomSystem

/// Lets at most five lines of a kind through in a second, and counts the rest: a peer that can cause one line can cause millions.
struct LogLimit {
    static let perSecond = 5
    private static let second: Int64 = 1_000_000_000

    private let level: Log.Level
    private let id: String
    /// The subject of the lines, for the count: `refused connections`.
    private let subject: String
    /// The start of the current second.
    private var began: Int64 = .min
    private var admitted = 0
    private var leftOut = 0

    init(_ level: Log.Level, id: String, subject: String) {
        self.level = level
        self.id = id
        self.subject = subject
    }

    /// - Parameter now: nanoseconds of a monotonic clock.
    mutating func log(_ sentence: @autoclosure () -> String, now: Int64 = Clock.boottimeNanoseconds()) {
        guard Log.isOn(level) else { return }
        tick(now: now)
        if admits(now: now) { Log.write(level, sentence(), id: id) }
    }

    /// Logs how many lines the last second left out, once it is over. Call it now and then; otherwise the count comes with the
    /// next line.
    mutating func tick(now: Int64 = Clock.boottimeNanoseconds()) {
        let count = endSecond(now: now)
        if count > 0 {
            Log.warning("\(count) more \(subject) were not logged, because there were too many", id: LogID.leftOut)
        }
    }

    /// Whether one more line goes through; counts it if not.
    mutating func admits(now: Int64) -> Bool {
        guard admitted < Self.perSecond else {
            leftOut += 1
            return false
        }
        admitted += 1
        return true
    }

    /// Starts a new second if the last one is over.
    ///
    /// - Returns: the number of lines that the last second left out; 0 while it lasts.
    mutating func endSecond(now: Int64) -> Int {
        guard began == .min || now - began >= Self.second else { return 0 }
        defer { (began, admitted, leftOut) = (now, 0, 0) }
        return leftOut
    }
}
