import FlomTestKit
import Foundation
import Testing

/// Daemons and clients on several hosts, in networks that come and go.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct DiscoveryTests {
    private static let group = "239.255.0.1"

    @Test func threeHostsShareOneDaemon() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let place = ["-A", Self.group, "-d", "0"]
        let started = try await net.mojan.flom("-A", Self.group, "-d", "-1", "-I", "200", "--", "true")
        #expect(started.status == 0, "\(started)")
        let holder = try await net.tonale.hold("R", place)
        let script = "echo $0 >> '\(net.box.path("order"))'"
        var waiters: [RunningProcess] = []
        for host in [net.presanella, net.mojan, net.tonale] {
            waiters.append(try await host.queue(for: "R", place, at: net.mojan, ["sh", "-c", script, host.name]))
        }
        #expect(!Files.exists(net.box.path("order")))
        try await holder.letGo()
        for waiter in waiters + [holder.process] {
            let outcome = try await waiter.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(Files.text(of: net.box.path("order")) == "presanella\nmojan\ntonale\n")
        #expect(net.hosts.map(\.daemons.count) == [1, 0, 0])
    }

    /// Its users would see one daemon's journal in the other, or could not start it.
    @Test func hostsThatShareTheirFilesAreDifferentHosts() async throws {
        let net = try await HostNetwork(sharesState: true)
        defer { net.close() }
        for host in [net.mojan, net.presanella] {
            let outcome = try await host.flom("-a", host.address, "-d", "-1", "--", "true")
            #expect(outcome.status == 0, "\(host.name): \(outcome)")
            #expect(Files.exists(host.journal))
        }
        #expect(net.hosts.map(\.daemons.count) == [1, 1, 0])
        let holder = try await net.mojan.hold("R", ["-a", "192.168.1.2", "-d", "0"])
        #expect(try await net.presanella.flom("-a", "192.168.1.4", "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 0)
        try await holder.letGo()
    }

    // MARK: - IPv6

    @Test(arguments: ["ff02::1:28", "ff05::1:28", "ff18::1:28"])
    func aNetworkWithoutIPv4(group: String) async throws {
        let net = try await HostNetwork(.onlyIPv6)
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "fd00::2", "-A", group, "-d", "-1", "--", "true")
        #expect(started.status == 0 && started.errors.isEmpty, "\(started)")
        for place in [["-a", "fd00::2"], ["-a", "mojan6"], ["-A", group]] {
            let outcome = try await net.presanella.run(["flom"] + place + ["-d", "0", "-r", "R", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(place): \(outcome)")
        }
        let holder = try await net.presanella.hold("R", ["-A", group, "-d", "0"])
        #expect(try await net.tonale.flom("-a", "mojan6", "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
    }

    /// A multicast daemon on the wildcard address of IPv6, reached at the address from which it answered.
    @Test func aGroupOnTheLinkAlone() async throws {
        let net = try await HostNetwork(.onlyIPv6)
        defer { net.close() }
        #expect(try await net.mojan.flom("-A", "ff02::1:28", "-d", "-1", "-I", "200", "--", "true").status == 0)
        for options in [[], ["-n", "eth0"]] {
            let outcome = try await net.presanella.run(
                ["flom", "-A", "ff02::1:28"] + options + ["-d", "0", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n", "\(options): \(outcome)")
        }
    }

    /// The interface as `-n` or within the address, on either side.
    @Test(arguments: [["-a", "fe80::2", "-n", "eth0"], ["-a", "fe80::2%eth0"]])
    func linkLocalAddresses(place: [String]) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.run(["flom"] + place + ["-A", "ff02::1:28", "-d", "-1", "--", "true"])
        #expect(started.status == 0 && started.errors.isEmpty, "\(started)")
        for other in [
            ["-a", "fe80::2", "-n", "eth0"], ["-a", "fe80::2%eth0"], ["-A", "ff02::1:28", "-n", "eth0"], ["-A", "ff02::1:28"],
        ] {
            let outcome = try await net.presanella.run(["flom"] + other + ["-d", "0", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(other): \(outcome)")
        }
        let bare = try await net.presanella.flom("-a", "fe80::2", "-d", "0", "--", "echo", "ran")
        #expect(bare.status == 99 && bare.output.isEmpty && bare.errors.contains("link-local"), "\(bare)")
        let wrong = try await net.presanella.flom("-a", "fe80::2", "-n", "eth7", "-d", "0", "--", "echo", "ran")
        #expect(wrong.status == 99 && wrong.output.isEmpty && wrong.errors.contains("'eth7'"), "\(wrong)")
    }

    // MARK: - Special addresses

    @Test func theWildcardOfIPv6IsReachedByBothFamilies() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "::", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true")
        #expect(started.status == 0 && started.errors.isEmpty, "\(started)")
        for place in [["-a", "fd00::2"], ["-a", "192.168.1.2"], ["-A", Self.group]] {
            let outcome = try await net.presanella.run(["flom"] + place + ["-d", "0", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n", "\(place): \(outcome)")
        }
    }

    /// A loopback address that is announced to other hosts would mean those hosts.
    @Test func aLoopbackNameLeadsNobodyAstray() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-a", "localhost", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        #expect(try await net.presanella.flom("-a", "127.0.0.1", "-d", "-1", "--", "true").status == 0)
        let local = try await net.mojan.flom("-A", Self.group, "-d", "0", "--", "echo", "ran")
        #expect(local.output == "ran\n", "\(local)")
        let remote = try await net.presanella.flom("-A", Self.group, "-d", "0", "--", "echo", "ran")
        #expect(remote.status == 99 && remote.output.isEmpty, "locked at another daemon: \(remote)")
    }

    @Test func anAnnouncedDaemonThatIsNotThereIsNotASilentGroup() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let responder = try LegacyResponder(on: net.mojan, group: Self.group)
        let client = try net.presanella.startFlom("-A", Self.group, "-d", "0", "--", "echo", "ran")
        try await responder.answer(address: "192.168.1.2", port: 28020)
        let outcome = try await client.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("192.168.1.2") && outcome.errors.contains("28020"), "\(outcome)")
        #expect(!outcome.errors.contains("firewall") && outcome.errors.hasSuffix("[-105]\n"), "\(outcome)")
    }

    // MARK: - Networks that come and go

    /// A waiting client and its daemon do not notice: TCP repeats what was lost.
    @Test func aShortOutageCostsAWaiterNothing() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let place = ["-a", "192.168.1.2", "-d", "0"]
        #expect(try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--", "true").status == 0)
        let holder = try await net.mojan.hold("R", place)
        let waiter = try await net.presanella.queue(for: "R", place, at: net.mojan, ["echo", "ran"])
        try await net.setCable(of: net.presanella, connected: false)
        // The lock is offered while nothing can arrive.
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        try await eventually("nobody holds the lock any more") {
            try await !net.mojan.status(place).contains { $0.outcome == "held" }
        }
        #expect(waiter.isRunning && waiter.outputSoFar.isEmpty)
        try await net.setCable(of: net.presanella, connected: true)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
        try await eventually("the lock is free") { try await net.mojan.status(place).isEmpty }
    }

    /// The daemon looks for new interfaces every 10 s.
    @Test func anInterfaceThatComesLaterIsJoined() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await net.administer("-n", net.mojan.namespace, "link", "set", "eth0", "down")
        let started = try await net.mojan.flom("-A", Self.group, "-d", "-1", "-I", "100", "--", "true")
        #expect(started.status == 0, "\(started)")
        try await net.administer("-n", net.mojan.namespace, "link", "set", "eth0", "up")
        try await eventually("a client on another host finds the daemon", within: .seconds(12)) {
            try await net.presanella.flom("-A", Self.group, "-d", "0", "-I", "200", "--", "true").status == 0
        }
    }

    /// A host that does not answer may still have a daemon: none is started in its place, and the wait has its limit.
    @Test(arguments: ["0", "-1"])
    func aHostThatDoesNotAnswerIsGivenUpInTime(lifespan: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await net.setCable(of: net.mojan, connected: false)
        let start = ContinuousClock.now
        let outcome = try await net.presanella.flom("-a", "192.168.1.2", "-d", lifespan, "-o", "700", "--", "echo", "ran")
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("192.168.1.2"), "\(outcome)")
        #expect(net.presanella.daemons.isEmpty)
    }

    @Test func aDaemonThatIsStoppedIsGivenUpInTime() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--", "true").status == 0)
        let daemon = try #require(net.mojan.daemons.first)
        kill(daemon, SIGSTOP)
        let outcome = try await net.presanella.flom("-a", "192.168.1.2", "-d", "-1", "-o", "500", "--", "echo", "ran")
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("does not answer"), "\(outcome)")
        kill(daemon, SIGCONT)
        #expect(try await net.presanella.flom("-a", "192.168.1.2", "-d", "0", "--", "echo", "ran").output == "ran\n")
    }

    /// Between flom's own client and daemon a cut is noticed within half of the delay after which a lock is given on. The options
    /// apply to peers of 1.7.2 only. (1.7.2 has no keepalive on IPv6 and none in its client.)
    @Test(arguments: ["192.168.1.2", "fd00::2"])
    func bothEndsOfAConnectionAreKeptAlive(address: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", address, "-d", "-1", "--tcp-keepalive-time", "1000", "--", "true")
        #expect(started.status == 0, "\(started)")
        let holder = try await net.presanella.hold("R", ["-a", address, "-d", "0"])
        for host in [net.presanella, net.mojan] {
            // While data is on its way the kernel shows another timer.
            try await eventually("\(host.name) keeps its connection alive") {
                try await host.run(["ss", "-Htno", "state", "established"]).output
                    .contains(/timer:\(keepalive,([0-6](\.[0-9]+)?sec|[0-9]+ms)/)
            }
        }
        try await holder.letGo()
    }

    // MARK: - Several daemons

    @Test(arguments: 1...5)
    func twoStartersAtTheSameMomentEndWithOneDaemon(round: Int) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await start(on: [net.mojan, net.presanella], of: net, millisecondsApart: 0)
    }

    /// Each daemon is at another point of its start: asking, joined, about to serve.
    @Test(arguments: [200, 600, 900, 1000, 1100, 1500])
    func startersALittleApartEndWithOneDaemonToo(milliseconds: Int) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await start(on: net.hosts, of: net, millisecondsApart: milliseconds)
    }

    private func start(on hosts: [NetworkHost], of net: HostNetwork, millisecondsApart: Int) async throws {
        let script = "mkdir inside || echo $0 >> overlaps; sleep 0.2; echo $0 >> runs; rmdir inside"
        var starters: [RunningProcess] = []
        for host in hosts {
            if !starters.isEmpty { try await Task.sleep(for: .milliseconds(millisecondsApart)) }
            starters.append(
                try host.startFlom("-A", Self.group, "-d", "10000", "-r", "R", "--", "sh", "-c", script, host.name))
        }
        for starter in starters {
            let outcome = try await starter.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(
            Files.text(of: net.box.path("runs"))?.split(separator: "\n").sorted() == hosts.map { Substring($0.name) }.sorted())
        #expect(Files.text(of: net.box.path("overlaps")) == nil)
        #expect(net.hosts.flatMap(\.daemons).count == 1, "\(net.hosts.map(\.daemons))")
    }

    @Test func twoDaemonsOfAGroupAreReportedAndTheOlderIsTaken() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let (mojan, presanella) = (net.mojan, net.presanella)
        // Two networks, each with its daemon; then they become one.
        try await net.setCable(of: presanella, connected: false)
        #expect(try await mojan.flom("-a", "192.168.1.2", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        #expect(
            try await presanella.flom("-a", "192.168.1.4", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        try await net.setCable(of: presanella, connected: true)
        #expect(net.hosts.map(\.daemons.count) == [1, 1, 0])

        // The second reply comes while the client listens, though on a busy machine perhaps not each time.
        let reported: Outcome = try await found("a client hears both") {
            let outcome = try await net.tonale.flom("-A", Self.group, "-d", "0", "-r", "R", "--", "true")
            #expect(outcome.status == 0)
            return outcome.errors.isEmpty ? nil : outcome
        }
        for part in ["2 daemons", "192.168.1.2", "192.168.1.4", "uses the oldest, 192.168.1.2"] {
            #expect(reported.errors.contains(part), "\(part) in \(reported)")
        }
        let holder = try await found("a holder that has heard both") {
            let holder = try await net.tonale.hold("R", ["-A", Self.group, "-d", "0"])
            if !holder.process.errorsSoFar.isEmpty { return holder }
            try await holder.letGo()
            try await holder.process.wait()
            return nil
        }
        #expect(try await net.tonale.flom("-a", "192.168.1.2", "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 98)
        #expect(try await net.tonale.flom("-a", "192.168.1.4", "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 0)
        try await holder.letGo()
    }
}
