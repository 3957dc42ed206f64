import FlomTestKit
import Foundation
import Testing

/// `--doctor` and the debug features among hosts, in networks that lose packets.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct DoctorNetworkTests {
    private static let group = "239.255.0.1"

    private func look(_ host: NetworkHost, _ words: [String]) async throws -> (status: Int32?, findings: [DoctorFinding]) {
        let outcome = try await host.run(
            ["flom", "-d", "0", "--discovery-timeout", "200"] + words + ["--doctor", "--format", "json"])
        return (outcome.status, try DoctorFinding.all(in: outcome))
    }

    private func has(
        _ findings: [DoctorFinding], _ level: String, _ check: String, _ place: String, _ found: String, _ advice: String? = nil
    ) -> Bool {
        findings.contains {
            $0.level == level && $0.check == check && $0.place?.contains(place) == true && $0.found.contains(found)
                && (advice == nil || $0.advice?.contains(advice!) == true)
        }
    }

    @Test func aNetworkThatIsWell() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-a", net.mojan.address, "-A", Self.group, "-d", "-1", "--", "true").status == 0)
        for host in [net.mojan, net.tonale] {
            let (status, findings) = try await look(host, ["-A", Self.group])
            #expect(status == 0, "\(host.name): \(findings)")
            #expect(has(findings, "ok", "multicast", "eth0", "heard it back; a daemon answers from 192.168.1.2"), "\(findings)")
            #expect(has(findings, "ok", "multicast", Self.group, "a daemon answers from 192.168.1.2"), "\(findings)")
            #expect(has(findings, "ok", "daemon", Self.group, "answers within"), "\(findings)")
        }
    }

    /// The use case's warning: firewalls drop multicast silently.
    @Test func aSwitchThatDropsMulticast() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-a", net.mojan.address, "-A", Self.group, "-d", "-1", "--", "true").status == 0)
        let bridge = String(net.mojan.namespace.dropLast("mojan".count)) + "bridge"
        try await net.administer("-n", bridge, "link", "set", "dev", "mojan", "type", "bridge_slave", "mcast_flood", "off")
        let both = try await look(net.tonale, ["-a", "mojan", "-A", Self.group])
        #expect(both.status == 1)
        #expect(has(both.findings, "ok", "multicast", "eth0", "heard it back"), "\(both.findings)")
        #expect(
            has(both.findings, "problem", "multicast", Self.group, "though one serves mojan port 28015", "IGMP snooping"),
            "\(both.findings)")
        let alone = try await look(net.tonale, ["-A", Self.group])
        #expect(alone.status == 1)
        #expect(has(alone.findings, "note", "multicast", Self.group, "drops multicast silently", "give -a HOST"), "\(alone)")
    }

    @Test func interfacesThatDoNoMulticast() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await net.administer("-n", net.tonale.namespace, "link", "set", "eth0", "multicast", "off")
        let off = try await look(net.tonale, ["-A", Self.group]).findings
        #expect(has(off, "warning", "multicast", "eth0", "does no multicast", "ip link set eth0 multicast on"), "\(off)")
        // Each interface sends by its name: routes do not matter.
        try await net.administer("-n", net.presanella.namespace, "route", "del", "224.0.0.0/4")
        let routeless = try await look(net.presanella, ["-A", Self.group]).findings
        #expect(has(routeless, "ok", "multicast", "eth0", "heard it back"), "\(routeless)")
    }

    @Test(.enabled(if: Conditions.hasProgram("python3"), "needs python3")) func aPortThatIsTaken() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let script =
            "import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 28015)); print(1, flush=True); time.sleep(60)"
        let other = try net.tonale.start(["python3", "-c", script])
        defer { other.send(SIGKILL) }
        try await eventually("the port is taken") { other.outputSoFar.contains("1") }
        let taken = try await look(net.tonale, ["-A", Self.group]).findings
        #expect(
            has(taken, "warning", "multicast", "eth0", "could not listen for it here: Address already in use", "ss -ulpn"),
            "\(taken)")
    }

    @Test(.enabled(if: Conditions.hasProgram("nft"), "needs nft")) func aFirewallOfThisHost() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        for (chain, found, advice) in [
            ("input", "did not hear it back", "nft list ruleset"), ("output", "cannot be sent", "a firewall forbids it"),
        ] {
            let rules = """
                nft flush ruleset; nft add table ip t
                nft add chain ip t c '{ type filter hook \(chain) priority 0; }'; nft add rule ip t c ip daddr \(Self.group) drop
                """
            #expect(try await net.tonale.run(["sh", "-ec", rules]).status == 0)
            let (status, findings) = try await look(net.tonale, ["-A", Self.group])
            #expect(status == 1 && has(findings, "problem", "multicast", "eth0", found, advice), "\(findings)")
        }
    }

    @Test func twoDaemonsInOneGroup() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        for host in [net.mojan, net.presanella] {
            try await net.setCable(of: host, connected: false)
            #expect(try await host.flom("-A", Self.group, "-d", "-1", "-I", "100", "--", "true").status == 0)
        }
        for host in [net.mojan, net.presanella] { try await net.setCable(of: host, connected: true) }
        let (_, findings) = try await look(net.tonale, ["-A", Self.group])
        #expect(has(findings, "warning", "multicast", Self.group, "2 daemons answer", "end all but one"), "\(findings)")
    }

    /// Debian's default for a host's own name.
    @Test func aNameThatLeadsNowhere() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let hosts = "/etc/netns/\(net.mojan.namespace)/hosts"
        try Files.write("127.0.0.1 localhost\n127.0.1.1 debian\n", to: hosts)
        let (status, findings) = try await look(net.mojan, ["-a", "debian"])
        #expect(status == 1)
        #expect(has(findings, "warning", "address", "debian", "means 127.0.1.1", "/etc/hosts"), "\(findings)")
        #expect(has(findings, "problem", "daemon", "debian", "no daemon listens", "start one"), "\(findings)")
        let unknown = try await look(net.mojan, ["-a", "nobody.invalid"])
        #expect(
            unknown.status == 1 && has(unknown.findings, "problem", "address", "nobody.invalid", "nobody.invalid"), "\(unknown)")
    }

    // MARK: - --debug-feature

    @Test(arguments: ["ff05::1:28", "239.255.0.1"]) func datagramsBetweenHosts(group: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let place = ["-A", group, "-P", "28100"]
        let server = try net.mojan.start(
            ["flom", "--debug-feature", "ipv6.multicast.server"] + place, environment: ["FLOM_TRACE_MASK": "0x100000"])
        try await eventually("the server has joined") { server.errorsSoFar.contains("joined") }
        // A debug feature comes before the end of a daemon, and before a command.
        let client = try await net.tonale.run(
            ["flom", "--debug-feature", "IPv6.Multicast.Client", "-X"] + place + ["--", "false"])
        #expect(client.status == 0, "\(client)")
        #expect(client.output == "Sent datagram is 'HELLO'\nArrived datagram is 'WELCOME'\n", "\(client)")
        let served = try await server.wait()
        #expect(served.status == 0, "\(served)")
        #expect(served.output == "Arrived datagram is 'HELLO'\nSent datagram is 'WELCOME'\n", "\(served)")
    }

    @Test func trialsEnd() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        for (feature, output, errors) in [
            ("IPv6.Multicast.Server", "", "no datagram has arrived"),
            ("IPv6.Multicast.Client", "Sent datagram is 'HELLO'\n", "no answer has come"),
        ] {
            let outcome = try await net.mojan.flom("--debug-feature", feature, "-A", "ff05::1:28", "-o", "200")
            #expect(outcome.status == 1 && outcome.output == output && outcome.errors.contains(errors), "\(outcome)")
        }
        let unnamed = try await net.mojan.flom("--debug-feature", "IPv6.Multicast.Client")
        #expect(unnamed.status == 1 && unnamed.errors.contains("-A"), "\(unnamed)")
    }
}
