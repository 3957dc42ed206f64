internal import Glibc

/// `tools/bench`: the same work by this flom, by flock and by another FLoM, in one run, so that the ratios mean something.
@main
enum Bench {
    static func main() {
        let options = BenchOptions(CommandLine.arguments)
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        if let journal = options.history {
            let contender = Contender(
                name: "flom", binary: options.flom, directory: directory.path, isOurs: true, journal: journal)
            contender.start()
            defer { contender.stop() }
            return HistoryTimes(contender: contender, seconds: options.seconds).measure()
        }
        var contenders = [Contender(name: "flom", binary: options.flom, directory: directory.path, isOurs: true)]
        if let peer = options.peer {
            contenders.append(Contender(name: "peer", binary: peer, directory: directory.path, isOurs: false))
        }
        for contender in contenders { contender.start() }
        defer { for contender in contenders { contender.stop() } }

        print("whole command, daemon running (\(options.rounds) rounds, taken in turn)")
        var commands = contenders.map { (name: "\($0.name) -r x -- true", words: $0.command(["-r", "x", "--", "true"])) }
        commands.append((name: "flock FILE true", words: ["flock", directory.path + "/file", "true"]))
        CommandTimes.measure(commands, rounds: options.rounds)

        print("\nlock and unlock, as a 1.7.2 client speaks (\(options.seconds) s each)")
        for connections in [1, 64] {
            for contender in contenders {
                let load = PairLoad(socketPath: contender.socketPath, connections: connections)
                print(load.run(seconds: options.seconds).line(contender.name, connections))
            }
        }
    }
}

struct BenchOptions {
    var flom = ".build/release/flom"
    var peer: String?
    /// A large journal to measure reports on, instead.
    var history: String?
    var rounds = 300
    var seconds = 3

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { Self.usage("\(option) needs a value") }
            switch option {
            case "--flom": flom = value
            case "--peer": peer = value
            case "--history": history = value
            case "--rounds": rounds = Self.number(value, option)
            case "--seconds": seconds = Self.number(value, option)
            default: Self.usage("there is no option \(option)")
            }
        }
    }

    private static func number(_ text: String, _ option: String) -> Int {
        guard let number = Int(text), number > 0 else { usage("\(option) takes a number above 0, not '\(text)'") }
        return number
    }

    private static func usage(_ problem: String) -> Never {
        let text =
            "bench: \(problem)\nusage: tools/bench [--peer PATH-OF-ANOTHER-FLOM] [--history JOURNAL] [--rounds N] [--seconds N]\n"
        _ = write(2, text, text.utf8.count)
        exit(2)
    }
}
