internal import Glibc

struct BenchOptions {
    var flom = ".build/release/flom"
    var floor = ".build/release/flom-floor"
    /// Another version of flom.
    var old: String?
    var peer: String?
    /// A large journal on which reports are measured instead.
    var history: String?
    /// The named scenarios; empty: all that run by default.
    var scenarios: [String] = []
    var rounds = 3
    /// Rounds of the scenario `command`; each round is one command of each kind.
    var commands = 300
    var seconds = 2
    var json: String?
    var compare: String?

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            if option == "--list" { Self.list() }
            if option == "--help" { Self.usage(nil) }
            guard let value = rest.popFirst() else { Self.usage("\(option) needs a value") }
            switch option {
            case "--flom": flom = value
            case "--floor": floor = value
            case "--old": old = value
            case "--peer": peer = value
            case "--history": history = value
            case "--scenario":
                guard Self.names.contains(value) else {
                    Self.usage("there is no scenario '\(value)'; there are \(Self.names.joined(separator: ", "))")
                }
                scenarios.append(value)
            case "--rounds": rounds = Self.number(value, option)
            case "--commands": commands = Self.number(value, option)
            case "--seconds": seconds = Self.number(value, option)
            case "--json": json = value
            case "--compare": compare = value
            default: Self.usage("there is no option \(option)")
            }
        }
    }

    func wants(_ name: String, isOnRequest: Bool = false) -> Bool {
        scenarios.isEmpty ? !isOnRequest : scenarios.contains(name)
    }

    private static var names: [String] { ["command"] + Scenario.all.map(\.name) }

    private static func number(_ text: String, _ option: String) -> Int {
        guard let number = Int(text), number > 0 else { usage("\(option) takes a number above 0, not '\(text)'") }
        return number
    }

    private static func list() -> Never {
        print("command: whole commands, daemon running")
        for scenario in Scenario.all {
            print("\(scenario.name): \(scenario.summary)\(scenario.isOnRequest ? " (on request)" : "")")
        }
        exit(0)
    }

    private static func usage(_ problem: String?) -> Never {
        let text = """
            usage: tools/bench [OPTION VALUE]…
              --scenario NAME   only this one; may be repeated (--list names them)
              --old PATH        another version of flom, with a journal of its own, to measure beside flom
              --peer PATH       another FLoM, which has no journal, to measure beside flom
              --rounds N        so often each scenario; medians are shown (default 3)
              --seconds N       so long each load (default 2)
              --commands N      so many commands of each kind in scenario command (default 300)
              --json FILE       write what was found
              --compare FILE    show it beside what an earlier run has written
              --history FILE    reports on this journal instead; it is written to: give a copy

            """
        if let problem { Bench.fail("\(problem)\n\(text)") }
        print(text)
        exit(0)
    }
}
