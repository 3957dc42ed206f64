import FlomClient
import FlomTestKit
import Foundation
import Testing

/// Locks of a Swift program at a daemon in the network.
@Suite struct SwiftNetworkTests {
    /// A daemon on 127.0.0.1.
    private struct World {
        let box: Sandbox
        let port: UInt16

        init(_ options: [String] = []) async throws {
            box = try Sandbox()
            port = try FreePort.find()
            let outcome = try await flom(options + ["-d", "60000"], "true")
            guard outcome.status == 0 else { throw NeverHappened(description: "the daemon was started: \(outcome)") }
        }

        func flom(_ options: [String] = [], _ command: String...) async throws -> Outcome {
            let place = ["-a", "127.0.0.1", "-p", "\(port)", "--journal", box.journal]
            return try await box.run([box.program] + place + options + ["--"] + command)
        }

        func isFree(_ resource: String, _ options: [String] = []) async throws -> Bool {
            try await flom(options + ["-r", resource, "-o", "0", "-d", "0"], "true").status == 0
        }
    }

    @Test func overTCP() async throws {
        let world = try await World()
        defer { world.box.close() }
        let endpoint = FlomEndpoint.tcp("127.0.0.1", port: world.port)
        #expect("\(endpoint)" == "127.0.0.1/\(world.port)")
        for _ in 0..<3 {
            try await FlomLock.withLock("db", at: endpoint) { _ in
                let isFree = try await world.isFree("db")
                #expect(!isFree)
            }
        }
        #expect(try await world.isFree("db"))
    }

    @Test func theAddressesAreTriedInTheirOrder() async throws {
        let world = try await World()
        defer { world.box.close() }
        let nobody = try FreePort.find()
        let endpoint = FlomEndpoint.tcp(
            .init("127.0.0.1", port: nobody), or: .init("no-such-host.invalid"), .init("127.0.0.1", port: world.port))
        let lock = try await FlomLock.acquire("db", timeout: .seconds(20), at: endpoint)
        #expect(try await !world.isFree("db"))
        #expect(await lock.release() == .confirmed)
        #expect(try await world.isFree("db"))
    }

    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) func overTLS() async throws {
        let id = Conditions.machineID ?? "nobody"
        let keys = try Sandbox()
        defer { keys.close() }
        let certificates = Certificates(in: keys, "tls")
        try await certificates.make(id)
        let options = certificates.options(id)
        let world = try await World(options)
        defer { world.box.close() }
        let files = FlomTLS(
            certificate: certificates.certificate(id), privateKey: certificates.key(id), authorities: certificates.authority)
        let endpoint = FlomEndpoint.tcp("127.0.0.1", port: world.port).tls(files)
        // From several threads, one after the other on each connection.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5 { try await FlomLock.withLock("db", at: endpoint) { _ in await Task.yield() } }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await world.isFree("db", options))
        var plain: FlomError?
        do { _ = try await FlomLock.acquire("db", at: .tcp("127.0.0.1", port: world.port)) } catch { plain = error as? FlomError }
        guard case .protocolViolated(let reason) = plain else {
            throw NeverHappened(description: "plain text is refused: \(plain as Any)")
        }
        #expect(reason.contains("expects TLS"))
        let missing = FlomTLS(certificate: "/no/such.pem", privateKey: "/no/such.key", authorities: "/no/ca.pem")
        await #expect(throws: FlomError.self) {
            try await FlomLock.acquire("db", at: .tcp("127.0.0.1", port: world.port).tls(missing))
        }
    }

    @Test(
        .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), .enabled(if: SwiftProgram.isBuilt, "needs the built probe"))
    func theDaemonOfAGroup() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-A", "239.255.0.1", "-d", "-1", "--", "true").status == 0)
        let probe = try await net.presanella.run([SwiftProgram.probe, "group:239.255.0.1", "hold", "db"])
        #expect(probe.status == 0 && probe.output.hasPrefix("held - "), "\(probe)")
    }

    /// The program is told in time, and its body is cancelled.
    @Test(
        .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), .enabled(if: SwiftProgram.isBuilt, "needs the built probe"))
    func aHolderThatCannotReachTheDaemonLosesItsLock() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", net.mojan.address, "--lost-holder-delay", "2000", "-d", "-1", "--", "true")
        #expect(started.status == 0, "\(started)")
        let probe = try net.presanella.start([SwiftProgram.probe, "tcp:\(net.mojan.address):28015", "states", "db"])
        try await eventually("it holds: \(probe.errorsSoFar)") { probe.outputSoFar == "held\n" }
        for daemon in net.mojan.daemons { kill(daemon, SIGKILL) }
        let outcome = try await probe.wait()
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.count == 4 && lines[1] == "daemonLost" && lines[2].hasPrefix("lost(")
                && lines[3].hasPrefix("the lock on 'db' is lost: "), "\(outcome)")
    }
}
