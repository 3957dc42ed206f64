import FlomModel
import FlomRandom

/// What one world is like, drawn from its seed: so that over many seeds all corners are visited, and not only the average.
struct Style {
    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000

    var users: Int
    var resources: [ResourceName]
    var policy: QueuePolicy
    /// Means, in nanoseconds.
    var thinkTime: Int64
    var commandTime: Int64
    var patience: Int64
    /// Between kills of the daemon, in nanoseconds; nil: it is not killed.
    var killInterval: Int64?
    var stopInterval: Int64?
    var rebootInterval: Int64?
    var clockStepInterval: Int64?
    /// In 10 000 turns each.
    var killsBeforeCommit: Int
    var killsAfterCommit: Int
    var killsWhileRecovering: Int
    /// Percent of the clients.
    var remote: Int
    var old: Int
    var troubled: Int
    var impatient: Int
    var unwilling: Int
    var followers: Int
    var groups: Int
    var nested: Int
    var leaseless: Int
    /// Somebody takes a lock away.
    var breakInterval: Int64?
    var clocksGoBackAt: Int64?
    /// Every answer waits for the device.
    var syncsAlways: Bool
    /// How long the device takes at the most, when it is not especially slow.
    var syncTime: Int64
    var powerLossInterval: Int64?
    /// Between two times in which nothing can be written.
    var failureInterval: Int64?
    init(_ random: inout SeededRandom) {
        let unit = random.pick([2, 5, 20, 100] as [Int64]) * Self.millisecond
        users = random.pick([3, 8, 16, 40])
        resources = Self.resources(&random)
        let overtakes: [Int64] = [0, 5, 20, 100, 500, 2000, 10_000, .max]
        policy = QueuePolicy(maxOvertakeMilliseconds: random.pick(overtakes))
        commandTime = unit
        thinkTime = unit * random.pick([1, 2, 5, 10])
        patience = unit * random.pick([1, 4, 20])
        let isCalm = random.chance(percent: 25)
        killInterval = isCalm ? nil : unit * random.pick([20, 100, 500])
        stopInterval = random.chance(percent: 30) ? unit * random.pick([200, 1000]) : nil
        rebootInterval = random.chance(percent: 15) ? unit * random.pick([500, 2000]) : nil
        clockStepInterval = random.chance(percent: 30) ? unit * random.pick([50, 500]) : nil
        killsBeforeCommit = isCalm ? 0 : random.pick([0, 2, 20, 100])
        killsAfterCommit = isCalm ? 0 : random.pick([0, 2, 20, 100])
        killsWhileRecovering = isCalm ? 0 : random.pick([0, 500, 3000])
        remote = random.pick([0, 10, 50])
        old = random.pick([0, 10, 40])
        troubled = random.pick([0, 3, 15])
        impatient = random.pick([0, 15, 40])
        unwilling = random.pick([0, 10, 30])
        followers = random.pick([0, 5, 25])
        groups = random.pick([0, 10, 40])
        nested = random.pick([0, 5, 25])
        leaseless = random.pick([0, 0, 20])
        breakInterval = random.chance(percent: 20) ? unit * random.pick([50, 500]) : nil
        clocksGoBackAt = random.chance(percent: 30) ? World.firstSecond + Int64(random.below(60)) : nil
        syncsAlways = random.chance(percent: 10)
        syncTime = Self.millisecond * random.pick([5, 5, 5, 300])
        powerLossInterval = random.chance(percent: 25) ? unit * random.pick([1000, 4000]) : nil
        failureInterval = random.chance(percent: 25) ? unit * random.pick([100, 1000]) : nil
    }

    /// Names of all kinds, few enough that clients meet.
    private static func resources(_ random: inout SeededRandom) -> [ResourceName] {
        let pool = [
            ["db", "R2"], ["pool[2]", "pool[5]"], ["a.b.c", "x.y", "one.two"],
            ["/t", "/t/a", "/t/a/b", "/t/a/c", "/t/b", "/t/b/c/d", "/tt"],
            ["_s_n[1]", "_s_m[3]"], ["_S_n[1]", "_S_m[3]"],
            ["_t_%s#ffff[2]", "_t_%Y%m%d%H%M%S#fff[1]", "_t_%M:%S#ff[1]", "_t_%Y%m%d%H%M%S[1]"],
        ]
        var names: [String] = []
        for kind in pool where random.chance(percent: 50) {
            if kind[0].hasPrefix("/") {
                names += kind
            } else {
                names += kind.filter { _ in random.chance(percent: 60) }
            }
        }
        if names.isEmpty { names = ["db"] }
        return names.map { name in
            guard let made = try? ResourceName(Array(name.utf8)) else { preconditionFailure("\(name) is no name") }
            return made
        }
    }
}

extension SeededRandom {
    /// Around a mean, mostly below it, at most eight times as long.
    mutating func time(around mean: Int64) -> Int64 {
        let half = Int(mean / 2) + 1
        var time = Int64(below(half * 2))
        while chance(percent: 20), time < mean * 8 { time += Int64(below(half * 3)) }
        return time + 1
    }
}
