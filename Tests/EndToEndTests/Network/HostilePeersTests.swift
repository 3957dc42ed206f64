import FlomTestKit
import Foundation
import Testing

/// Hostile peers, while fifty clients work: these take at most twice as long as without them, by the median of rounds that
/// alternate, so that a busy machine slows down both.
@Suite(.serialized) struct HostilePeersTests {
    /// The connection of both scripts: to a path or HOST:PORT, with TLS if there are a certificate, its key and an authority.
    private static let connecting = #"""
        import base64, os, random, resource, select, selectors, socket, ssl, statistics, sys, time
        path, certificate, key, authority = sys.argv[1:5]
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.load_cert_chain(certificate, key)
            context.load_verify_locations(authority)
        def connect_plain():
            while True:
                try:
                    if ":" in path:
                        host, port = path.rsplit(":", 1)
                        s = socket.create_connection((host, int(port)))
                        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    else:
                        s = socket.socket(socket.AF_UNIX)
                        s.connect(path)
                    return s
                except BlockingIOError:
                    time.sleep(0.01)
        def connect():
            s = connect_plain()
            return context.wrap_socket(s) if context else s

        """#

    /// Fifty connections, each a lock and an unlock at a time; prints the median of all pairs in microseconds.
    private static let workers =
        connecting + #"""
            rounds = int(sys.argv[5])
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

    /// Makes attacks of one kind until its stdin ends; says when it has begun. `silent` and `garbage` never speak TLS.
    private static let attack =
        connecting + #"""
            kind, count = sys.argv[5], int(sys.argv[6])
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            half = b'<msg level="3" verb="1" step="8">' + b"x" * 400
            hello = b"\x16\x03\x01\x02\x00\x01"
            def hold():
                s = connect_plain() if kind == "silent" else connect()
                if kind == "half": s.send(half)
                # Half of them begin to speak TLS, and say no more.
                if kind == "silent" and random.random() < 0.5: s.send(hello)
                return s
            random.seed(7)
            held = [hold() for _ in range(count)]
            print("ready", flush=True)
            sent = 0
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if kind == "datagrams" else None
            # Handshakes are dear to both sides.
            pause = 0.05 if context and kind in ("half", "oversized") else 0.005
            while not select.select([sys.stdin], [], [], pause)[0]:
                # A bounded stream: so many each few milliseconds, as a bad neighbour would, and not all that a core can send.
                for _ in range(2 if kind != "idle" else 0):
                    if kind == "datagrams":
                        host, port = path.rsplit(":", 1)
                        udp.sendto(random.randbytes(random.choice((1, 400, 1400))), (host, int(port)))
                    elif kind in ("half", "silent"):
                        index = sent % len(held)
                        held[index].close()
                        held[index] = hold()
                    else:
                        s = connect_plain() if kind == "garbage" else connect()
                        try: s.sendall(random.randbytes(300) if kind == "garbage" else b"x" * 100_000)
                        except OSError: pass
                        s.close()
                    sent += 1
            """#

    struct Attack: Sendable, CustomTestStringConvertible {
        let kind: String
        let count: Int
        var overTCP = false
        var overTLS = false
        var testDescription: String { "\(count) \(kind)\(overTLS ? " over TLS" : overTCP ? " over TCP" : "")" }
    }

    static let attacks: [Attack] = [
        Attack(kind: "half", count: 1500), Attack(kind: "garbage", count: 0), Attack(kind: "oversized", count: 0),
        Attack(kind: "idle", count: 10_000), Attack(kind: "half", count: 900, overTCP: true),
        Attack(kind: "garbage", count: 0, overTCP: true), Attack(kind: "oversized", count: 0, overTCP: true),
        Attack(kind: "silent", count: 1500, overTCP: true, overTLS: true),
        Attack(kind: "garbage", count: 0, overTCP: true, overTLS: true),
        Attack(kind: "half", count: 200, overTCP: true, overTLS: true),
        Attack(kind: "oversized", count: 0, overTCP: true, overTLS: true),
        Attack(kind: "idle", count: 10_000, overTCP: true, overTLS: true),
    ]

    @Test(
        .enabled(if: HostNetwork.isPossible && Conditions.hasProgram("openssl"), "\(HostNetwork.need), and openssl"),
        arguments: attacks)
    func fiftyWorkersHardlyNotice(attack: Attack) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let host = net.mojan
        var options: [String] = []
        var proof = ["", "", ""]
        if attack.overTLS {
            let certificates = Certificates(in: net.box)
            try await certificates.make("peer")
            options = certificates.options("peer")
            proof = [certificates.certificate("peer"), certificates.key("peer"), certificates.authority]
        }
        let place = (attack.overTCP ? ["-a", host.address] : ["-s", net.box.path("socket")]) + options
        let path = attack.overTCP ? host.address + ":28015" : net.box.path("socket")
        // A limit of its own, so that the number of admitted connections is that of the test.
        let limits = ["--limit-per-peer", "20000", "--limit-connection-rate", "100000"]
        #expect(try await host.run(["flom"] + place + limits + ["-d", "-1", "--", "true"]).status == 0)
        try await compare(host, [path] + proof, attack)
        #expect(try await host.run(["flom"] + place + ["-d", "0", "--", "echo", "served"]).output == "served\n")
    }

    /// Meaningless datagrams to the port of a daemon that serves a group.
    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func fiftyWorkersHardlyNoticeDatagrams() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let host = net.mojan
        #expect(
            try await host.run(["flom", "-a", host.address, "-A", "239.255.0.1", "-I", "200", "-d", "-1", "--", "true"]).status
                == 0)
        try await compare(
            host, [host.address + ":28015", "", "", ""], Attack(kind: "datagrams", count: 0, overTCP: true))
        #expect(try await host.run(["flom", "-a", host.address, "-d", "0", "--", "echo", "served"]).output == "served\n")
    }

    /// - Parameter place: the first arguments of both scripts.
    private func compare(_ host: NetworkHost, _ place: [String], _ attack: Attack) async throws {
        func latency() async throws -> Double {
            let outcome = try await host.run(["python3", "-c", Self.workers] + place + ["40"])
            guard outcome.status == 0, let number = Double(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw NeverHappened(description: "no latency: \(outcome)")
            }
            return number
        }
        func median(of count: Int) async throws -> Double {
            var times: [Double] = []
            for _ in 0..<count { times.append(try await latency()) }
            return times.sorted()[count / 2]
        }
        _ = try await latency()
        // Ten thousand connections take long to make, and are then idle: one round is enough.
        let (rounds, runs) = attack.kind == "idle" ? (1, 5) : (5, 1)
        var ratios: [Double] = []
        for _ in 0..<rounds {
            let before = try await median(of: runs)
            let gate = try fifo(host, "gate-\(UUID().uuidString)")
            let troublemaker = try host.start(
                ["sh", "-c", #"exec python3 -c "$@" < "$0""#, gate, Self.attack] + place + [attack.kind, "\(attack.count)"])
            let writer = open(gate, O_RDWR | O_CLOEXEC)
            try #require(writer >= 0)
            try await eventually("the attack has begun: \(troublemaker.errorsSoFar)", within: .seconds(120)) {
                guard troublemaker.isRunning else { throw NeverHappened(description: "\(try await troublemaker.wait())") }
                return troublemaker.outputSoFar.contains("ready")
            }
            let during = try await median(of: runs)
            close(writer)
            let ended = try await troublemaker.wait()
            #expect(ended.status == 0, "\(ended)")
            ratios.append(during / before)
        }
        ratios.sort()
        print("\(attack.testDescription): fifty workers take \(ratios.map { (($0 * 100).rounded()) / 100 }) times as long")
        #expect(ratios[rounds / 2] < 2)
    }

    private func fifo(_ host: NetworkHost, _ name: String) throws -> String {
        let path = host.home + "/" + name
        guard mkfifo(path, 0o600) == 0 else { throw NeverHappened(description: "no FIFO at \(path)") }
        return path
    }
}
