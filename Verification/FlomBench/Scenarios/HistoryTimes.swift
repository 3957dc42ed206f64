internal import Glibc

/// The cost of reports on a large journal, for themselves and for clients that lock meanwhile: `tools/bench --history FILE`, with a journal
/// of `tools/make-journal`. The daemon on it goes on writing: give it a copy.
struct HistoryTimes {
    let contender: Contender
    let seconds: Int

    /// Reads many pages, or seeks rows that are rare or do not exist.
    private static let queries: [(name: String, words: [String])] = [
        ("10 newest rows", ["--history", "--limit", "10"]),
        ("a rare user", ["--history", "--user", "rare"]),
        ("a user who never was", ["--history", "--user", "nobody"]),
        ("a command that never ran", ["--history", "--command", "nothing like this"]),
        ("a resource's newest 20", ["--history", "-r", "resource7", "--limit", "20"]),
        ("a pattern and a host", ["--history", "-r", "resource1*", "--host", "host9.example", "--limit", "20"]),
        ("an hour, two weeks ago", ["--history", "--since", "337h", "--until", "336h"]),
        ("statistics of a day", ["--stats", "--since", "48h", "--until", "24h"]),
    ]

    func measure() {
        print("reports (median and worst of 5, whole command)")
        for query in Self.queries {
            let times = (0..<5).map { _ in time(query.words) }.sorted()
            let name = Text.padded(query.name, 26)
            print(
                "  \(name) \(Unit.milliseconds.shown(Double(times[2]) / 1e6))  \(Unit.milliseconds.shown(Double(times[4]) / 1e6))"
            )
        }
        print("\nlock and unlock on one connection meanwhile")
        measureLoad("nobody asks", nil)
        measureLoad("statistics, again and again", contender.command(["--stats"]))
        measureLoad("all of the history", contender.command(["--history", "--format", "json"]))
        // Once, because pruned rows are gone. A prune of thirty days takes longer than the measurement.
        measureLoad("a prune of what is older", contender.command(["--history", "--prune-older-than", "25d"]), again: false)
    }

    private func time(_ words: [String]) -> Int64 {
        let start = Ticks.now()
        guard Child.run(contender.command(words)) == 0 else { Bench.fail("\(words.joined(separator: " ")) failed") }
        return Ticks.now() - start
    }

    private func measureLoad(_ name: String, _ words: [String]?, again: Bool = true) {
        let script = again ? #"while "$@"; do :; done"# : #""$@""#
        let asker = words.map { Child.start(["sh", "-c", script, "sh"] + $0) }
        let figures = PairLoad(contender: contender, connections: 1).run(seconds: seconds)
        if let asker {
            kill(-asker, SIGKILL)
            Child.wait(for: asker)
        }
        let line = figures.map { "\($0.name) \($0.unit.shown($0.value))" }.joined(separator: "  ")
        print("  \(Text.padded(name, 28)) \(line)")
    }
}
