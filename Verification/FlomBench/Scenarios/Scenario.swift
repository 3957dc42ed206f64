/// An action of the contenders, and the measurement of it.
struct Scenario: Sendable {
    let name: String
    let summary: String
    /// Whether it runs when no scenario is named: scenarios that take minutes do not.
    var isOnRequest = false
    /// The roles that can do it.
    var contenders: Set<Role> = [.flom, .old, .peer]
    /// The sentence that says which part of it this machine leaves out.
    var excuse: @Sendable () -> String? = { nil }
    let measure: @Sendable (Contender, BenchOptions) -> [Figure]

    static let all: [Scenario] = [
        Scenario(name: "pairs-1", summary: "lock and unlock, one connection") { contender, options in
            PairLoad(contender: contender, connections: 1).figures(seconds: options.seconds)
        },
        Scenario(name: "pairs-64", summary: "lock and unlock, 64 connections, a resource each") { contender, options in
            PairLoad(contender: contender, connections: 64).figures(seconds: options.seconds)
        },
        Scenario(name: "together-16", summary: "16 connections on one resource, each again and again") { contender, options in
            Contest(contender: contender, connections: 16).figures(seconds: options.seconds)
        },
        Scenario(name: "hand-over-1", summary: "from a release to the next grant, 1 waits") { contender, _ in
            Queue(contender: contender, waiters: 1).figures(handOvers: 1000)
        },
        Scenario(name: "hand-over-100", summary: "from a release to the next grant, 100 wait") { contender, _ in
            Queue(contender: contender, waiters: 100).figures(handOvers: 1000)
        },
        Scenario(name: "hand-over-10000", summary: "from a release to the next grant, 10 000 wait", contenders: [.flom, .old]) {
            contender, _ in Queue(contender: contender, waiters: 10_000).figures(handOvers: 1000)
        },
        Scenario(name: "parked-5000", summary: "5 000 waiters are taken in, then the lock goes through them all") {
            contender, _ in Queue(contender: contender, waiters: 5000).passedThrough()
        },
        Scenario(name: "scale-10", summary: Crowd.summary(10)) { Crowd(contender: $0, size: 10).figures(seconds: $1.seconds) },
        Scenario(name: "scale-100", summary: Crowd.summary(100)) { Crowd(contender: $0, size: 100).figures(seconds: $1.seconds) },
        Scenario(name: "scale-1000", summary: Crowd.summary(1000)) {
            Crowd(contender: $0, size: 1000).figures(seconds: $1.seconds)
        },
        Scenario(name: "scale-10000", summary: Crowd.summary(10_000), contenders: [.flom, .old]) {
            Crowd(contender: $0, size: 10_000).figures(seconds: $1.seconds)
        },
        Scenario(name: "queue-100000", summary: "100 000 requests wait in engine and journal, in process", contenders: [.flom]) {
            contender, _ in InProcessQueue(directory: contender.directory, size: 100_000).figures()
        },
        Scenario(name: "journal", summary: "commits in each level of Sync, in process; bytes a request", contenders: [.flom]) {
            contender, options in JournalLoad(directory: contender.directory).figures(seconds: options.seconds)
        },
        .besideFloor("cycle-1", "lock and unlock, one connection", .cycle, 1),
        .besideFloor("cycle-64", "lock and unlock, 64 connections, a resource each", .cycle, 64),
        .besideFloor("contended-16", "16 connections on one resource", .contended, 16),
        .besideFloor("churn-8", "connect, lock, unlock and close, 8 at a time", .churn, 8),
        Scenario(
            name: "day", summary: "24 hours of 750 requests a minute, as fast as it goes", isOnRequest: true,
            contenders: [.flom, .old]
        ) { contender, _ in Day(contender: contender).figures() },
    ]

    /// With flom's distance from the floor.
    private static func besideFloor(_ name: String, _ summary: String, _ load: PinnedLoad.Kind, _ connections: Int) -> Scenario {
        var scenario = Scenario(name: name, summary: summary, contenders: [.flom, .floor, .old, .peer]) { contender, options in
            PinnedLoad(contender: contender, kind: load, connections: connections).figures(seconds: options.seconds)
        }
        scenario.excuse = {
            Placement.all.count > 1 ? nil : "there is one processor, so that server and load have no other than the same"
        }
        return scenario
    }
}
