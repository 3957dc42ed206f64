import FlomTestKit
import Foundation
import Testing

/// A daemon whose address goes away while it runs, as with another lease of DHCP; the name follows sooner or later.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)")) struct MovedAddressTests {
    private static let byName = ["-a", "lockhost", "-d", "0"]

    private struct Stage {
        let net: HostNetwork
        let daemon: RunningProcess

        /// - Parameter address: the value of `-a`.
        init(_ address: String) async throws {
            net = try await HostNetwork()
            do {
                for host in net.hosts { try await net.setHostsFile(of: host, "192.168.1.2 lockhost\n") }
                daemon = try net.mojan.start(["flom", "--foreground", "-a", address, "--journal", net.mojan.journal])
                try await eventually("it serves: \(daemon.errorsSoFar)") { [daemon] in daemon.errorsSoFar.contains("FLM003N") }
            } catch {
                net.close()
                throw error
            }
        }

        func address(_ verb: String, _ address: String) async throws {
            try await net.administer("-n", net.mojan.namespace, "addr", verb, address, "dev", "eth0")
        }

        func says(_ text: String) async throws {
            try await eventually("the log says '\(text)': \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains(text) }
        }

        func nameIs(_ address: String) async throws {
            for host in net.hosts { try await net.setHostsFile(of: host, "\(address) lockhost\n") }
        }
    }

    @Test func theNamesNewAddressesAreServed() async throws {
        let stage = try await Stage("lockhost")
        let net = stage.net
        defer { net.close() }
        #expect(try await net.presanella.run(["flom"] + Self.byName + ["-r", "R", "--", "true"]).status == 0)
        try await stage.address("del", "192.168.1.2/24")
        try await stage.nameIs("192.168.1.9")
        try await stage.address("add", "192.168.1.9/24")
        try await stage.says("FLM131W no interface that is up has the address 192.168.1.2 any more")
        try await stage.says("FLM132N listens on 192.168.1.9 port 28015 too, which 'lockhost' means now")
        #expect(try await net.presanella.run(["flom"] + Self.byName + ["-r", "R", "--", "true"]).status == 0)
        for host in [net.mojan, net.presanella] {
            let status = try await host.run(["flom", "-a", "lockhost", "--status"])
            #expect(
                status.output.contains("the daemon listens on 192.168.1.2, which its host no longer has"), "\(status)")
        }
        let doctor = try await net.mojan.run(["flom", "-a", "lockhost", "--doctor"])
        #expect(doctor.output.contains("listens on 192.168.1.2, which its host no longer has"), "\(doctor)")

        // The address comes back.
        try await stage.address("add", "192.168.1.2/24")
        try await stage.says("FLM132N the address 192.168.1.2 is there again")
        #expect(!(try await net.mojan.run(["flom", "-a", "lockhost", "--status"])).output.contains("192.168.1.2"))
    }

    /// Commands on its host still find it, and a successor goes on with its sockets.
    @Test func anAddressThatIsGoneKeepsNobodyFromTheDaemonOnItsHost() async throws {
        let stage = try await Stage("192.168.1.2")
        let net = stage.net
        defer { net.close() }
        try await stage.address("del", "192.168.1.2/24")
        try await stage.says("FLM132N listens on 127.0.0.1 port 28015 too, so that flom -x and --restart find it on this host")
        let restart = try await net.mojan.run(["flom", "-a", "192.168.1.2", "--restart"])
        #expect(restart.status == 0 && restart.output.contains("restarted: "), "\(restart)")
        // The new program reports its finding again.
        try await eventually("the successor has looked") {
            stage.daemon.errorsSoFar.components(separatedBy: "FLM131W").count >= 3
        }
        let end = try await net.mojan.run(["flom", "-a", "192.168.1.2", "-x"])
        #expect(end.status == 0, "\(end)")
        #expect(try await stage.daemon.wait().status == 0)
    }

    /// No name server answers while the daemon is replaced.
    @Test(.enabled(if: Files.exists("/etc/resolv.conf"), "needs an /etc/resolv.conf"))
    func aReplacementNeedsNoName() async throws {
        let stage = try await Stage("lockhost")
        let net = stage.net
        defer { net.close() }
        try await stage.nameIs("192.168.1.77")
        let restart = try await net.mojan.run(["flom", "-a", "192.168.1.2", "--restart"])
        #expect(restart.status == 0, "\(restart)")
        try await stage.nameIs("192.168.1.2")
        #expect(try await net.presanella.run(["flom"] + Self.byName + ["-r", "R", "--", "true"]).status == 0)
    }
}
