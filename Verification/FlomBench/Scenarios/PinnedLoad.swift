internal import Glibc

/// A load that stays on one processor, as its server does, so that the figures do not depend on where the kernel puts either.
struct PinnedLoad {
    enum Kind {
        /// Each connection locks and unlocks a resource of its own, again and again.
        case cycle
        /// All do so with the same resource.
        case contended
        /// As `cycle`, with a new connection for each lock.
        case churn
    }

    let contender: Contender
    let kind: Kind
    let connections: Int

    /// Operations a second for each placement.
    func figures(seconds: Int) -> [Figure] {
        Placement.all.map { placement in
            contender.withDaemon { daemon in
                Placement.keep(daemon.id, on: [placement.server])
                let before = Placement.allowed
                Placement.keepCaller(on: [placement.load])
                defer { Placement.keepCaller(on: before) }
                return Figure(name: placement.name, value: run(seconds: seconds), unit: .perSecond)
            }
        }
    }

    /// An unlock and the next lock are sent one after the other, as by two commands, and not together.
    private func run(seconds: Int) -> Double {
        let clients = (0..<connections).map { contender.client(kind == .contended ? "one" : "pinned\($0)") }
        defer { for client in clients { client.disconnect() } }
        for client in clients { client.lock() }
        var operations = 0
        let start = Ticks.now()
        let end = start + Int64(seconds) * 1_000_000_000
        var now = start
        Readiness.serve(
            clients, until: { now >= end },
            reading: { index in
                let client = clients[index]
                guard client.hearsGrant() else { return }
                operations += 1
                now = Ticks.now()
                client.unlock()
                if kind == .churn { client.reconnect() }
                client.lock()
            })
        return Double(operations) / (Double(now - start) / 1e9)
    }
}

/// The processors of server and load.
struct Placement {
    let name: String
    let server: Int
    let load: Int

    /// On the same processor, and, where this process may use two, on one each.
    static let all: [Placement] = {
        let allowed = Self.allowed
        guard !allowed.isEmpty else { Bench.fail("/proc/self/status names no processor") }
        let same = Placement(name: "same processor", server: allowed[0], load: allowed[0])
        return allowed.count < 2 ? [same] : [same, Placement(name: "other processor", server: allowed[0], load: allowed[1])]
    }()

    /// The processors that this process may use.
    static var allowed: [Int] {
        let ranges = DaemonProcess(id: getpid()).processors.split(separator: ",")
        return ranges.flatMap { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
        }
    }

    static func keepCaller(on processors: [Int]) { keep(getpid(), on: processors) }

    /// Keeps all threads of a process there, and so what they start. Glibc's function is not among those that Swift knows.
    static func keep(_ process: pid_t, on processors: [Int]) {
        let list = processors.map(String.init).joined(separator: ",")
        guard Child.run(["taskset", "--all-tasks", "--pid", "--cpu-list", list, "\(process)"]) == 0 else {
            Bench.fail("process \(process) cannot be kept on processor \(list); is taskset installed?")
        }
    }
}
