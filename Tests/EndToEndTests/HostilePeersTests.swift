import FlomTestKit
import Foundation
import Testing

/// Peers that send what hurts, while fifty others work: those take at most twice as long as without them, by the median of rounds that
/// alternate, so that a busy machine slows down both.
@Suite(.serialized) struct HostilePeersTests {
    /// Fifty connections, each a lock and an unlock at a time; prints the median of all pairs in microseconds.
    private static let workers = #"""
        import base64, socket, statistics, sys, time, selectors
        path, rounds = sys.argv[1], int(sys.argv[2])
        def connect():
            if ":" in path:
                host, port = path.rsplit(":", 1)
                s = socket.create_connection((host, int(port)))
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            else:
                s = socket.socket(socket.AF_UNIX)
                s.connect(path)
            return s
        def lock(name):
            n = base64.b64encode(name.encode()).decode()
            return (f'<msg level="3" verb="1" step="8"><session peerid="{"0" * 32}"/><resource name="{n}" mode="5" wait="1"'
                    ' create="1" lifespan="0"/></msg>').encode()
        def unlock(name):
            n = base64.b64encode(name.encode()).decode()
            return f'<msg level="3" verb="2" step="8"><resource name="{n}" rollback="0"/></msg>'.encode()
        socks = [connect() for _ in range(50)]
        selector = selectors.DefaultSelector()
        names, begun, times = {}, {}, []
        for index, s in enumerate(socks):
            names[s] = f"w{index}"
            selector.register(s, selectors.EVENT_READ)
        def ask(s):
            begun[s] = time.monotonic()
            s.sendall(lock(names[s]))
        for s in socks: ask(s)
        left = rounds * 50
        while left:
            for key, _ in selector.select(20) or sys.exit("nobody answers"):
                s = key.fileobj
                if not s.recv(4096): sys.exit("the daemon closed")
                times.append(time.monotonic() - begun[s])
                left -= 1
                s.sendall(unlock(names[s]))
                if left == 0: break
                ask(s)
        print(int(statistics.median(times) * 1e6))
        """#

    /// Makes trouble of one kind until its stdin ends; says when it has begun.
    private static let trouble = #"""
        import os, random, resource, select, socket, sys, time
        path, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        def connect():
            while True:
                try:
                    if ":" in path:
                        host, port = path.rsplit(":", 1)
                        s = socket.create_connection((host, int(port)))
                    else:
                        s = socket.socket(socket.AF_UNIX)
                        s.connect(path)
                    return s
                except BlockingIOError:
                    time.sleep(0.01)
        half = b'<msg level="3" verb="1" step="8">' + b"x" * 400
        held = []
        if kind in ("idle", "half"):
            for _ in range(count):
                s = connect()
                if kind == "half": s.send(half)
                held.append(s)
        print("ready", flush=True)
        random.seed(7)
        sent = 0
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if kind == "datagrams" else None
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            # A bounded stream: so many each few milliseconds, as a bad neighbour would, and not all that a core can send.
            for _ in range(2 if kind != "idle" else 0):
                if kind == "datagrams":
                    host, port = path.rsplit(":", 1)
                    udp.sendto(random.randbytes(random.choice((1, 400, 1400))), (host, int(port)))
                elif kind == "half":
                    index = sent % len(held)
                    held[index].close()
                    held[index] = connect()
                    held[index].send(half)
                else:
                    s = connect()
                    try: s.sendall(random.randbytes(300) if kind == "garbage" else b"x" * 100_000)
                    except OSError: pass
                    s.close()
                sent += 1
        """#

    struct Trouble: Sendable, CustomTestStringConvertible {
        let kind: String
        let count: Int
        var overTCP = false
        var testDescription: String { "\(count) \(kind)\(overTCP ? " over TCP" : "")" }
    }

    static let troubles: [Trouble] = [
        Trouble(kind: "half", count: 1500), Trouble(kind: "garbage", count: 0), Trouble(kind: "oversized", count: 0),
        Trouble(kind: "idle", count: 10_000), Trouble(kind: "half", count: 900, overTCP: true),
        Trouble(kind: "garbage", count: 0, overTCP: true), Trouble(kind: "oversized", count: 0, overTCP: true),
    ]

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), arguments: troubles)
    func fiftyWorkersHardlyNotice(trouble: Trouble) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let host = net.mojan
        let place = trouble.overTCP ? ["-a", host.address] : ["-s", net.box.path("socket")]
        let path = trouble.overTCP ? host.address + ":28015" : net.box.path("socket")
        // A limit of its own, so that those who are let in are as many as the test says.
        let limits = ["--limit-per-peer", "20000", "--limit-connection-rate", "100000"]
        #expect(try await host.run(["flom"] + place + limits + ["-d", "-1", "--", "true"]).status == 0)
        try await compare(host, path, path, trouble)
        #expect(try await host.run(["flom"] + place + ["-d", "0", "--", "echo", "served"]).output == "served\n")
    }

    /// Datagrams that mean nothing, on the port of a daemon that serves a group.
    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func fiftyWorkersHardlyNoticeDatagrams() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let host = net.mojan
        #expect(
            try await host.run(["flom", "-a", host.address, "-A", "239.255.0.1", "-I", "200", "-d", "-1", "--", "true"]).status
                == 0)
        try await compare(
            host, host.address + ":28015", host.address + ":28015", Trouble(kind: "datagrams", count: 0, overTCP: true))
        #expect(try await host.run(["flom", "-a", host.address, "-d", "0", "--", "echo", "served"]).output == "served\n")
    }

    private func compare(_ host: NetworkHost, _ path: String, _ target: String, _ trouble: Trouble) async throws {
        func median() async throws -> Double {
            let outcome = try await host.run(["python3", "-c", Self.workers, path, "40"])
            guard outcome.status == 0, let number = Double(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw NeverHappened(description: "no latency: \(outcome)")
            }
            return number
        }
        _ = try await median()
        var ratios: [Double] = []
        for _ in 0..<5 {
            let before = try await median()
            let gate = try net(host, "gate-\(UUID().uuidString)")
            let troublemaker = try host.start(
                [
                    "sh", "-c", #"exec python3 -c "$1" "$2" "$3" "$4" < "$0""#, gate, Self.trouble, target, trouble.kind,
                    "\(trouble.count)",
                ])
            let writer = open(gate, O_RDWR | O_CLOEXEC)
            try #require(writer >= 0)
            try await eventually("the trouble has begun: \(troublemaker.errorsSoFar)") {
                guard troublemaker.isRunning else { throw NeverHappened(description: "\(try await troublemaker.wait())") }
                return troublemaker.outputSoFar.contains("ready")
            }
            let during = try await median()
            close(writer)
            let ended = try await troublemaker.wait()
            #expect(ended.status == 0, "\(ended)")
            ratios.append(during / before)
        }
        ratios.sort()
        #expect(ratios[2] < 2, "\(trouble): \(ratios)")
    }

    private func net(_ host: NetworkHost, _ name: String) throws -> String {
        let path = host.home + "/" + name
        guard mkfifo(path, 0o600) == 0 else { throw NeverHappened(description: "no FIFO at \(path)") }
        return path
    }
}
