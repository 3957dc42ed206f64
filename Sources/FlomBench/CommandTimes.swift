/// Times whole commands, one of each in turn, so that what disturbs the machine disturbs all.
enum CommandTimes {
    static func measure(_ commands: [(name: String, words: [String])], rounds: Int) {
        var times = commands.map { _ in [Int64]() }
        for round in 0..<rounds + 5 {
            for (index, command) in commands.enumerated() {
                let start = Ticks.now()
                guard Child.run(command.words) == 0 else { fatalError("\(command.words) failed") }
                // The first rounds fill caches.
                if round >= 5 { times[index].append(Ticks.now() - start) }
            }
        }
        let sorted = times.map { $0.sorted() }
        let reference = sorted.last![rounds / 2]
        for (index, command) in commands.enumerated() {
            let (median, late) = (sorted[index][rounds / 2], sorted[index][rounds * 99 / 100])
            let ratio = Ticks.hundredths(median * 100 / reference)
            print(
                "  \(padded(command.name, 24)) p50 \(Ticks.milliseconds(median)) ms  p99 \(Ticks.milliseconds(late)) ms  \(ratio) x flock"
            )
        }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
