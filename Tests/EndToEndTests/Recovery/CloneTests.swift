import FlomTestKit
import Foundation
import Testing

/// Machines that were copied with their ids: one of them does not affect the locks of the other.
@Suite(.enabled(if: HostNetwork.isPossible && Conditions.canMount, "\(HostNetwork.need)")) struct CloneTests {
    private static let place = ["-a", "192.168.1.2"]

    /// Behind one address, with one machine id, each in a boot of its own.
    private func words(_ machine: Int, _ net: HostNetwork, _ words: [String]) throws -> [String] {
        let file = net.box.path("boot\(machine)")
        try Files.write("\(machine)1111111-2222-3333-4444-555555555555\n", to: file)
        return [
            "unshare", "--mount", "sh", "-c", "mount --bind \(file) /proc/sys/kernel/random/boot_id && exec \"$@\"", "sh", "flom",
        ]
            + Self.place + ["-d", "0"] + words
    }

    @Test(.enabled(if: Conditions.machineID != nil, "this machine has no machine id"), arguments: [[], ["--lease", "none"]])
    func aCloneEndsNoLock(options: [String]) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.run(["flom"] + Self.place + ["-d", "-1", "-r", "warmup", "--", "true"])
        #expect(started.status == 0, "\(started)")
        let gate = try net.box.gate("gate")
        let holder = try net.presanella.start(
            words(1, net, options + ["-r", "db", "--", "sh", "-c", "echo > started; cat \(gate.path)"]))
        try await eventually("it holds") { try await net.mojan.status(Self.place).contains { $0.outcome == "held" } }
        for _ in 0..<3 { #expect(try await net.presanella.run(words(2, net, ["-r", "other", "--", "true"])).status == 0) }
        #expect(try await net.presanella.run(words(2, net, ["-r", "db", "-o", "500", "--", "true"])).status == 98)
        // Both are alive: the first one speaks again.
        #expect(try await net.presanella.run(words(1, net, ["-r", "other", "--", "true"])).status == 0)
        let status = try await net.mojan.run(["flom"] + Self.place + ["--status"])
        #expect(status.output.contains("machine ids that two machines have at the same time: 1"), "\(status)")
        let metrics = try await net.mojan.run(["flom"] + Self.place + ["--status", "--format", "prometheus"])
        #expect(metrics.output.contains("flom_cloned_machines_total 1"), "\(metrics)")
        let doctor = try await net.mojan.run(["flom"] + Self.place + ["--doctor"])
        #expect(doctor.output.contains("1 machine id that the daemon has met on two machines"), "\(doctor)")
        try await gate.open()
        #expect(try await holder.wait().status == 0)
    }

    /// With one certificate at both machines, neither proves that the other is gone.
    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) func oneCertificateAtTwoMachinesEndsNoLock()
        async throws
    {
        let net = try await HostNetwork()
        defer { net.close() }
        let certificates = Certificates(in: net.box)
        try await certificates.make("daemon", "worker")
        let started = try await net.mojan.run(
            ["flom"] + Self.place + certificates.options("daemon") + ["-d", "-1", "-r", "warmup", "--", "true"])
        #expect(started.status == 0, "\(started)")
        func held() async throws -> Bool {
            try await net.mojan.status(Self.place + certificates.options("daemon")).contains {
                $0.resource == "db" && $0.outcome == "held"
            }
        }
        let gate = try net.box.gate("gate")
        let clone = certificates.options("worker")
        let holder = try net.presanella.start(words(1, net, clone + ["-r", "db", "--", "sh", "-c", "cat \(gate.path)"]))
        try await eventually("it holds: \(holder.errorsSoFar)") { try await held() }
        // Behind the same address, and behind another one.
        for host in [net.presanella, net.tonale] {
            for _ in 0..<2 { #expect(try await host.run(words(2, net, clone + ["-r", "other", "--", "true"])).status == 0) }
            #expect(try await host.run(words(2, net, clone + ["-r", "db", "-o", "500", "--", "true"])).status == 98)
        }
        #expect(try await held())
        try await gate.open()
        let outcome = try await holder.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    /// A holder sends nothing as long as its command runs, but its kernel acknowledges.
    @Test(.enabled(if: Conditions.machineID != nil, "this machine has no machine id"))
    func twoBootsAreNoticedThoughOneIsSilent() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        // The daemon's own boot is the live one of its machine. So it is on a third machine.
        let id = net.box.path("machine-id")
        try Files.write("0123456789abcdef0123456789abcdef\n", to: id)
        let others =
            "for path in /var/lib/dbus/machine-id /etc/machine-id; do if test -e $path; then mount --bind \(id) $path || exit; fi; done"
        let started = try await net.mojan.run(
            ["unshare", "--mount", "sh", "-c", others + "; exec \"$@\"", "sh", "flom"] + Self.place
                + ["-d", "-1", "--lost-holder-delay", "4000", "-r", "warmup", "--", "true"])
        #expect(started.status == 0, "\(started)")
        let gate = try net.box.gate("gate")
        let holder = try net.presanella.start(words(1, net, ["-r", "db", "--", "sh", "-c", "cat \(gate.path)"]))
        try await eventually("it holds") { try await net.mojan.status(Self.place).contains { $0.outcome == "held" } }
        #expect(try await net.presanella.run(words(2, net, ["-r", "other", "--", "true"])).status == 0)
        try await eventually("the daemon has seen both") {
            try await net.mojan.run(["flom"] + Self.place + ["--status"]).output.contains("at the same time: 1")
        }
        try await gate.open()
        #expect(try await holder.wait().status == 0)
    }
}
