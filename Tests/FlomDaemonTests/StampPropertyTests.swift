import FlomModel
import FlomRandom
import FlomTestKit
import Testing

@testable import FlomDaemon

/// With any clocks, restarts and idle times no text of a complete format comes again, and none of an incomplete format within one life.
/// The model is the set of the given texts.
@Suite struct StampPropertyTests {
    static let complete = [
        "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%j%H", "%F%R", "%D:%r", "%Y%m%d%I%p%M", "%G%V%u%H", "%c", "%s", "%Y%m%d%H%z", "%F%T%z",
        "%Y%m%d%H%M%S#f", "%s#fff", "%Y%U%w%k",
    ]
    static let incomplete = [
        "%H%M%S", "%M%S", "%S", "%M", "%H", "%I", "%H%z", "%d%H", "%a%H%M", "%S#f", "#ff", "%m%d%T", "%p%I%M",
    ]

    static let zones = ["Europe/Rome", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]

    @Test(arguments: zones) func noTextComesAgain(zone: String) async {
        await #expect(processExitsWith: .success) { [zone = zone as String] in
            live(in: zone)
            var random = SeededRandom(seed: zone.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
            var counts = Run.Counts()
            for _ in 0..<160 {
                let isComplete = random.chance(percent: 55)
                var run = try Run(random.pick((isComplete ? Self.complete : Self.incomplete)[...]), isComplete, random.branch())
                try run.play(steps: 120)
                counts.add(run.counts)
            }
            // Otherwise some faults had no chance to show.
            #expect(
                counts.given > 2000 && counts.refused > 1000 && counts.restarts > 500 && counts.lives > 500
                    && counts.served > 500, "\(counts)")
        }
    }
}

/// One resource through a random time.
private struct Run {
    struct Counts {
        var given = 0
        var refused = 0
        var restarts = 0
        var lives = 0
        /// The number of waiters that got a stamp.
        var served = 0

        mutating func add(_ other: Counts) {
            given += other.given
            refused += other.refused
            restarts += other.restarts
            lives += other.lives
            served += other.served
        }
    }

    private let format: String
    private let isComplete: Bool
    private var random: SeededRandom
    private var world: StampWorld
    private(set) var counts = Counts()

    /// The texts that must not come again, and since when the resource is idle: after two seconds its life is over.
    private var taken: Set<String> = []
    private var seen = 0
    private var idleMilliseconds: Int64?

    init(_ format: String, _ isComplete: Bool, _ random: SeededRandom) throws {
        self.format = format
        self.isComplete = isComplete
        self.random = random
        // Around the nights when Europe, Canada and Lord Howe change their clocks.
        let night = self.random.pick([1_774_746_000, 1_792_890_000, 1_772_947_800, 1_793_507_400, 1_775_314_800, 1_791_041_400])
        world = try StampWorld(
            format, capacity: 1 + self.random.below(3), second: Int64(night - 7200 + self.random.below(9000)))
    }

    mutating func play(steps: Int) throws {
        for _ in 0..<steps {
            step()
            look()
        }
        // No request waits for ever: each gets a stamp, or a reason.
        world.releaseAll()
        for _ in 0..<400 where !world.waiters.isEmpty {
            pass(900_000)
            world.releaseAll()
            look()
        }
        #expect(world.waiters.isEmpty, "\(format): somebody still waits at \(world.text("%F %T %z"))")
    }

    private mutating func step() {
        switch random.below(22) {
        case 0..<7: ask(waiting: false)
        case 7..<10: ask(waiting: true)
        case 10..<13: world.release()
        case 13..<16: pass(Int64(random.pick([1, 9, 10, 99, 100, 500, 1000, 1999, 2000, 2001, 5000, 59_000, 60_000])))
        case 16: pass(Int64(random.below(7_200_000)))
        case 17:
            world.set(byMilliseconds: Int64(random.pick([-7_200_000, -3_600_000, -61_000, -30_000, -1000, -1, 1, 3_600_000])))
        case 18:
            world.releaseAll()
            look()
            pass(2500)
        case 19: restart()
        default: pass(Int64(1000 + random.below(4_000_000)))
        }
    }

    private mutating func ask(waiting: Bool) {
        // A request ends the idle time; if that was too long, the life before has ended.
        if let idle = idleMilliseconds, idle >= 2000 { beginLife() }
        let reply = world.ask(waiting: waiting)
        switch reply {
        case .given: break
        case .queued: break
        case .busy, .clockBehind, .usedUp: counts.refused += 1
        }
    }

    private mutating func pass(_ milliseconds: Int64) {
        let wasIdle = idleMilliseconds
        let stamps = world.given.count
        world.pass(milliseconds: milliseconds)
        counts.served += world.given.count - stamps
        idleMilliseconds = wasIdle.map { $0 + milliseconds }
    }

    private mutating func restart() {
        counts.restarts += 1
        // Holders and waiters leave first.
        look()
        let milliseconds = Int64(random.pick([0, 1000, 1999, 2000, 90_000]))
        world.restart(after: milliseconds)
        idleMilliseconds = (idleMilliseconds ?? 0) + milliseconds
    }

    private mutating func beginLife() {
        counts.lives += 1
        idleMilliseconds = 0
        if !isComplete { taken = [] }
    }

    /// Notes the stamps that were given since the last call.
    private mutating func look() {
        for text in world.given[seen...] {
            counts.given += 1
            #expect(taken.insert(text).inserted, "\(format) gives \(text) again at \(world.text("%F %T %z"))")
        }
        seen = world.given.count
        let isIdle = world.holders.isEmpty && world.waiters.isEmpty
        idleMilliseconds = isIdle ? idleMilliseconds ?? 0 : nil
    }
}
