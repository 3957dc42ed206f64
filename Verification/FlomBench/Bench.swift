internal import Glibc

/// `tools/bench`: the same work by this flom, by an older one, by the machine's floor, by flock, by another FLoM and by etcd where they are
/// installed, in one run, so that the ratios mean something.
@main
enum Bench {
    static func main() {
        let options = BenchOptions(CommandLine.arguments)
        allowManyDescriptors()
        signal(SIGPIPE, SIG_IGN)
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let ours = Contender(.flom, binary: options.flom, directory: directory.path, journal: options.history)
        if options.history != nil {
            ours.start()
            defer { ours.stop() }
            return HistoryTimes(contender: ours, seconds: options.seconds).measure()
        }
        var contenders = [ours, Contender(.floor, binary: options.floor, directory: directory.path)]
        if let old = options.old { contenders.append(Contender(.old, binary: old, directory: directory.path)) }
        if let peer = options.peer { contenders.append(Contender(.peer, binary: peer, directory: directory.path)) }
        var results = Results(machine: .this())
        if options.wants("command") {
            results.measurements += commands(contenders.filter { $0.role != .floor }, directory, options)
        }
        for scenario in Scenario.all where options.wants(scenario.name, isOnRequest: scenario.isOnRequest) {
            if let sentence = scenario.excuse() { print("bench: \(scenario.name): \(sentence)") }
            var rounds: [[[Figure]]] = contenders.map { _ in [] }
            // In turn, so that a disturbance of the machine affects all.
            for _ in 0..<(scenario.isOnRequest ? 1 : options.rounds) {
                for (index, contender) in contenders.enumerated() where scenario.contenders.contains(contender.role) {
                    rounds[index].append(scenario.measure(contender, options))
                }
            }
            for (contender, found) in zip(contenders, rounds) where !found.isEmpty {
                results.measurements.append(
                    Measurement(scenario: scenario.name, contender: contender.role.rawValue, figures: Medians.of(found)))
            }
        }
        results.show()
        if let path = options.compare { results.show(comparedWith: .read(path)) }
        if let path = options.json { results.write(to: path) }
    }

    private static func commands(
        _ contenders: [Contender], _ directory: TemporaryDirectory, _ options: BenchOptions
    ) -> [Measurement] {
        for contender in contenders { contender.start() }
        defer { for contender in contenders { contender.stop() } }
        let etcd = Etcd(directory: directory.path)
        defer { etcd?.stop() }
        return CommandTimes(contenders, directory: directory.path, etcd: etcd).measurements(rounds: options.commands)
    }

    private static func allowManyDescriptors() {
        var limit = rlimit()
        let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(descriptors, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(descriptors, &limit)
    }

    static func fail(_ problem: String) -> Never {
        let text = "bench: \(problem)\n"
        _ = write(2, text, text.utf8.count)
        exit(2)
    }
}
