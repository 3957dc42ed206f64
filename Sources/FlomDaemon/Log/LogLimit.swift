internal import FlomSettings
internal import FlomSystem

/// Lets at most so many lines of a kind through in a second, and counts the others: whoever can provoke them can provoke millions.
struct LogLimit {
    private static let perSecond = 5

    private let level: Log.Level
    private let id: String
    /// What the lines are about, for the count: `refused connections`.
    private let subject: String
    private var began: Int64 = .min
    private var taken = 0
    private var leftOut = 0

    init(_ level: Log.Level, id: String, subject: String) {
        self.level = level
        self.id = id
        self.subject = subject
    }

    /// - Parameter now: nanoseconds of a clock that nobody sets.
    mutating func log(_ sentence: @autoclosure () -> String, now: Int64 = Clock.boottimeNanoseconds()) {
        guard Log.isOn(level) else { return }
        tick(now: now)
        guard taken < Self.perSecond else {
            leftOut += 1
            return
        }
        taken += 1
        let text = sentence()
        switch level {
        case .error: Log.error(text, id: id)
        case .warning: Log.warning(text, id: id)
        case .notice: Log.notice(text, id: id)
        case .info: Log.info(text, id: id)
        case .debug: Log.debug(text, id: id)
        }
    }

    /// Says what the last second left out, once it is over. To be called now and then, or the count comes with the next line.
    mutating func tick(now: Int64 = Clock.boottimeNanoseconds()) {
        guard began == .min || now - began >= 1_000_000_000 else { return }
        if leftOut > 0 {
            Log.warning("\(leftOut) more \(subject) were not logged, because there were too many", id: LogID.leftOut)
        }
        (began, taken, leftOut) = (now, 0, 0)
    }
}
