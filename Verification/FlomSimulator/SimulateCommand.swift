/// `tools/simulate`: runs seeds until one fails or all are done, and says what happened.
package struct SimulateCommand {
    package typealias JournalMaker = () throws -> any SimulatedJournal

    private var seeds: ClosedRange<UInt64> = 1...100
    private var requests = 2000
    private var minutes: Double?
    private var journal = "memory"
    private var isVerbose = false
    private var isTraced = false
    private let journals: [String: JournalMaker]

    package struct Usage: Error, CustomStringConvertible {
        package let description: String
    }

    package static let help = """
        usage: tools/simulate [--seed N | --seeds A..B] [--requests N] [--minutes N] [--journal memory|sqlite] [--verbose] [--trace]
               tools/simulate --planted N|all
          --seed N       one world, and everything that happens in it if it fails
          --seeds A..B   these worlds (1..100)
          --requests N   so many requests in each (2000)
          --minutes N    go on with the next seeds for so long
          --journal J    a model of the journal, or the real one on a disk
          --verbose      a line for each seed
          --trace        everything that happens, and the history: lines without a dot in the middle
          --planted N    with a defect planted into the engine: see Tests/PlantedBugs
        """

    package init(_ arguments: [String], journals: [String: JournalMaker]) throws {
        self.journals = journals.merging(["memory": { MemoryJournal() }]) { own, _ in own }
        var rest = arguments[...]
        func number<Number: LosslessStringConvertible>(_ word: String) throws -> Number {
            guard let text = rest.popFirst(), let number = Number(text) else {
                throw Usage(description: "\(word) needs a number")
            }
            return number
        }
        while let word = rest.popFirst() {
            switch word {
            case "--seed":
                let seed: UInt64 = try number(word)
                seeds = seed...seed
            case "--seeds":
                let ends = (rest.popFirst() ?? "").split(separator: ".", omittingEmptySubsequences: true).compactMap {
                    UInt64($0)
                }
                guard ends.count == 2, ends[0] <= ends[1] else { throw Usage(description: "--seeds needs A..B") }
                seeds = ends[0]...ends[1]
            case "--requests": requests = try number(word)
            case "--minutes": minutes = try number(word)
            case "--verbose": isVerbose = true
            case "--trace": isTraced = true
            case "--journal":
                journal = rest.popFirst() ?? ""
                guard self.journals[journal] != nil else { throw Usage(description: "there is no journal '\(journal)'") }
            default: throw Usage(description: "'\(word)' is no option\n\(Self.help)")
            }
        }
    }

    /// Returns whether all promises were kept.
    package func run(print: @escaping (String) -> Void) throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var sum = Simulation.Report()
        var worlds = 0
        var seed = seeds.lowerBound
        while seed <= seeds.upperBound || minutes != nil {
            if let minutes, clock.now - start > .seconds(minutes * 60) { break }
            let report = Simulation.run(
                seed: seed, requests: requests, journal: try journals[journal]!(), show: isTraced ? print : nil)
            sum += report
            worlds += 1
            if isVerbose { print("seed \(seed): \(report.words)") }
            if let failure = report.failure, isTraced {
                print("seed \(seed) fails: \(failure)")
                return false
            } else if let failure = report.failure {
                try explain(seed, failure, print)
                print("\(sum.requests) requests in \(worlds) worlds up to here")
                return false
            }
            seed += 1
        }
        let seconds = Self.seconds(clock.now - start)
        print("\(worlds) worlds, seeds \(seeds.lowerBound)..\(seed - 1), journal \(journal): every promise kept")
        print(sum.words)
        print(
            "\(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10) s, \(Int(Double(sum.requests) / max(seconds, 0.001))) requests/s"
        )
        return true
    }

    /// The same world once more, now watched.
    private func explain(_ seed: UInt64, _ failure: String, _ print: (String) -> Void) throws {
        var tail: [String] = []
        _ = Simulation.run(seed: seed, requests: requests, journal: try journals[journal]!()) { line in
            tail.append(line)
            if tail.count > 4000 { tail.removeFirst(3000) }
        }
        print("seed \(seed) fails: \(failure)")
        print("what happened last:")
        for line in tail.suffix(60) { print("  " + line) }
        let other = journal == "memory" ? "" : " --journal \(journal)"
        print("again: tools/simulate --seed \(seed) --requests \(requests)\(other)")
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

extension Simulation.Report {
    /// What has been seen, so that it can be told from a run that met nothing.
    var words: String {
        """
        \(requests) requests, \(grants) grants, \(waits) waits, \(overtakings) overtakings, \(commands) commands, \
        \(rollbacks) rolled back; \(groups) groups, \(nested) nested, \(deadlocks) deadlocks, \(resumptions) resumed, \
        \(offers) offers, \(passedOver) passed over, \(broken) broken; \(kills) kills, \(stops) stops, \(reboots) reboots, \(restarts) restarts, \
        \(orphans) orphans, \(reclaims) reclaimed; \(powerLosses) power losses, \(lostCommits) commits lost, \(shut) times shut; \
        \(failedCommits) commits failed, \(late) turns late; \(steps) clock steps, \(commits) commits, \(events) events
        """
    }

    static func += (sum: inout Self, other: Self) {
        sum.requests += other.requests
        sum.records += other.records
        sum.grants += other.grants
        sum.offers += other.offers
        sum.passedOver += other.passedOver
        sum.waits += other.waits
        sum.overtakings += other.overtakings
        sum.commands += other.commands
        sum.rollbacks += other.rollbacks
        sum.resumptions += other.resumptions
        sum.groups += other.groups
        sum.nested += other.nested
        sum.deadlocks += other.deadlocks
        sum.broken += other.broken
        sum.powerLosses += other.powerLosses
        sum.lostCommits += other.lostCommits
        sum.shut += other.shut
        sum.failedCommits += other.failedCommits
        sum.late += other.late
        sum.kills += other.kills
        sum.stops += other.stops
        sum.reboots += other.reboots
        sum.restarts += other.restarts
        sum.orphans += other.orphans
        sum.reclaims += other.reclaims
        sum.steps += other.steps
        sum.commits += other.commits
        sum.events += other.events
    }
}
