import FlomTestKit
import Foundation
import Testing

/// The daemon that is asked, and whether one is started: unicast address, multicast group and lifespan, in all their combinations.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct TruthTableTests {
    private static let group = "239.255.0.1"

    struct Row: Sendable, CustomTestStringConvertible {
        let unicast: Bool
        let multicast: Bool
        let lifespan: Int
        var testDescription: String {
            "\(unicast ? "-a" : "no address"), \(multicast ? "-A" : "no group"), -d \(lifespan)"
        }

        /// `-I` only shortens the search.
        var options: [String] {
            (unicast ? ["-a", "192.168.1.2"] : []) + (multicast ? ["-A", group, "-I", "200"] : []) + ["-d", "\(lifespan)"]
        }
    }

    private static let places = [(true, true), (true, false), (false, true)]
    private static let starting = places.flatMap { place in
        [-1, 20_000].map { Row(unicast: place.0, multicast: place.1, lifespan: $0) }
    }
    private static let forbidden = places.map { Row(unicast: $0.0, multicast: $0.1, lifespan: 0) }

    // MARK: - Without a daemon

    @Test(arguments: starting)
    func aDaemonIsStartedWhereTheOptionsSay(row: Row) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let outcome = try await net.mojan.run(["flom"] + row.options + ["--", "echo", "ran"])
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
        let daemons = net.mojan.daemons
        #expect(daemons.count == 1)
        #expect(net.mojan.recorded("lifespan-ms") == "\(row.lifespan)")

        let listening = try await net.mojan.run(["ss", "-Hlnt"]).output
        let answering = try await net.mojan.run(["ss", "-Hlnu"]).output
        if row.unicast {
            #expect(listening.contains("192.168.1.2:28015") && net.mojan.recorded("port") == "28015", "\(listening)")
        } else {
            let port = try #require(net.mojan.recorded("port").flatMap { UInt16($0) })
            #expect(port != 28015 && listening.contains("0.0.0.0:\(port)"), "\(listening)")
        }
        #expect(answering.contains("0.0.0.0:28015") == row.multicast, "\(answering)")

        for (place, serves) in [(["-a", "192.168.1.2"], row.unicast), (["-A", Self.group, "-I", "200"], row.multicast)] {
            let client = try await net.presanella.run(["flom"] + place + ["-d", "0", "--", "echo", "ran"])
            #expect((client.status == 0) == serves && (client.output == "ran\n") == serves, "\(place): \(client)")
        }
        #expect(net.mojan.daemons == daemons)
    }

    @Test(arguments: forbidden)
    func withLifespanZeroNothingIsStarted(row: Row) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        if row.unicast && row.multicast {
            // The group is not asked: its daemon does not count.
            #expect(try await net.presanella.flom("-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        }
        let outcome = try await net.mojan.run(["flom"] + row.options + ["--", "echo", "ran"])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("-d 0"), "\(outcome)")
        if row.unicast {
            #expect(outcome.errors.contains("192.168.1.2") && outcome.errors.contains("28015"), "\(outcome)")
            #expect(outcome.errors.hasSuffix("[-105]\n") && !outcome.errors.contains(Self.group), "\(outcome)")
        } else {
            #expect(outcome.errors.hasSuffix("error condition)\n") && outcome.errors.contains(Self.group), "\(outcome)")
        }
        #expect(net.mojan.daemons.isEmpty && !Files.exists(net.mojan.journal))
    }

    // MARK: - With a daemon

    @Test(arguments: places.flatMap { place in [0, 20_000].map { Row(unicast: place.0, multicast: place.1, lifespan: $0) } })
    func aDaemonThatIsThereIsUsed(row: Row) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true")
        #expect(started.status == 0, "\(started)")
        let daemons = net.mojan.daemons
        for host in [net.mojan, net.presanella] {
            let outcome = try await host.run(["flom"] + row.options + ["--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        }
        #expect(net.mojan.daemons == daemons && net.presanella.daemons.isEmpty)
    }

    /// With both, the client asks the address, and the group is not asked at all.
    @Test func theAddressGoesBeforeTheGroup() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--", "true").status == 0)
        #expect(try await net.presanella.flom("-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        let holder = try await net.tonale.hold("R", ["-a", "192.168.1.2", "-A", Self.group, "-d", "0"])
        #expect(try await net.tonale.flom("-a", "192.168.1.2", "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 98)
        #expect(try await net.tonale.flom("-A", Self.group, "-d", "0", "-r", "R", "-o", "0", "--", "true").status == 0)
        try await holder.letGo()
    }

    /// Neither address nor group: the first row of the table.
    @Test(arguments: [0, -1, 20_000])
    func withoutAddressAndGroupItIsTheSocket(lifespan: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let options = ["-s", box.socket, "--journal", box.journal, "-d", "\(lifespan)"]
        let outcome = try await box.run([box.program] + options + ["--", "echo", "ran"])
        if lifespan == 0 {
            #expect(outcome.status == 99 && outcome.errors.hasSuffix("[-105]\n") && box.processes.isEmpty, "\(outcome)")
        } else {
            #expect(outcome.output == "ran\n" && box.processes.count == 1 && Files.isSocket(box.socket), "\(outcome)")
        }
    }

    @Test(arguments: [["-a", "192.168.1.2"], ["-A", group]])
    func aSocketAndANetworkDoNotGoTogether(place: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program, "-s", box.socket, "-d", "0"] + place + ["--", "echo", "ran"])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.hasPrefix("flom: "), "\(outcome)")
        #expect(outcome.errors.contains("socket") && outcome.errors.contains("exclude each other"), "\(outcome)")
    }

    // MARK: - Addresses on which no daemon can be started

    @Test func anAddressOfAnotherHostIsNotBound() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        for place in [["-a", "192.168.1.4"], ["-a", "presanella"], ["-a", "192.168.1.4", "-A", Self.group]] {
            let outcome = try await net.mojan.run(["flom"] + place + ["-d", "-1", "--", "echo", "ran"])
            #expect(outcome.status == 99 && outcome.output.isEmpty, "\(place): \(outcome)")
            #expect(
                outcome.errors.contains("192.168.1.4") && outcome.errors.contains("not an address of this host"), "\(outcome)")
        }
        #expect(net.hosts.flatMap(\.daemons).isEmpty)
    }

    /// A port that is bound without listening, so that a connection is refused.
    @Test func aPortThatIsTakenIsNamed() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let taken = try net.mojan.bind("192.168.1.2", listening: false)
        defer { close(taken) }
        let outcome = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--", "echo", "ran")
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("28015") && outcome.errors.contains("in use"), "\(outcome)")
        #expect(net.mojan.daemons.isEmpty)
        #expect(try await net.mojan.flom("-a", "192.168.1.2", "-p", "28016", "-d", "-1", "--", "echo", "ran").output == "ran\n")
    }

    private static let foreign: [(greeting: String, answer: String, name: String)] = [
        ("SSH-2.0-OpenSSH_9.2\r\n", "", "SSH"),
        ("220 mail.example ESMTP\r\n", "", "mail"),
        ("", "HTTP/1.1 400 Bad Request\r\n\r\n", "web server"),
        ("", "\u{15}\u{3}\u{1}\0\u{2}\u{2}F", "TLS"),
        ("", "what?\n", "not FLoM"),
    ]

    /// 1.7.2 waits for ever for the answer of such a server.
    @Test(arguments: foreign)
    func aForeignServerIsNamed(greeting: String, answer: String, name: String) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let server = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let client = try net.presanella.startFlom("-a", "192.168.1.2", "-d", "-1", "--", "echo", "ran")
        let session = try await server.accept()
        if !greeting.isEmpty { try await session.answer(greeting) }
        if !answer.isEmpty {
            _ = try await session.receiveLock()
            try await session.answer(answer)
        }
        let outcome = try await client.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("192.168.1.2") && outcome.errors.contains("28015"), "\(outcome)")
        #expect(outcome.errors.contains(name), "\(outcome)")
        _ = session
    }

    @Test func aServerThatSaysNothingIsNotWaitedForBeyondTheTimeout() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let server = try net.mojan.legacyDaemon(on: "192.168.1.2")
        let client = try net.presanella.startFlom("-a", "192.168.1.2", "-d", "0", "-o", "500", "--", "echo", "ran")
        let session = try await server.accept()
        _ = try await session.receiveLock()
        let outcome = try await client.wait()
        // No daemon has said that another command has the lock.
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("does not answer"), "\(outcome)")
    }

    /// The address of the host's own name is bound, and the user is told that other hosts cannot reach it.
    @Test func aNameThatMeansALoopbackAddressIsWarnedOf() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try Files.write("127.0.0.1 localhost\n127.0.1.1 mojan\n", to: "/etc/netns/\(net.mojan.namespace)/hosts")
        let started = try await net.mojan.flom("-a", "mojan", "-d", "-1", "--", "echo", "ran")
        #expect(started.status == 0 && started.output == "ran\n", "\(started)")
        #expect(started.errors.contains("127.0.1.1") && started.errors.contains("other hosts cannot reach"), "\(started)")
        // Once is enough.
        let next = try await net.mojan.flom("-a", "mojan", "-d", "0", "--", "echo", "ran")
        #expect(next.status == 0 && next.errors.isEmpty, "\(next)")
        #expect(try await net.presanella.flom("-a", "mojan", "-d", "0", "--", "true").status == 99)
    }

    /// The clients that wait for a daemon look at this address.
    @Test func theSystemsChoiceOfAPortIsUsedAgainAfterACrash() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let command = ["flom", "-A", Self.group, "-d", "-1", "-I", "200", "--", "true"]
        #expect(try await net.mojan.run(command).status == 0)
        let port = try #require(net.mojan.recorded("port"))
        for _ in 0..<2 {
            let daemon = try #require(net.mojan.daemons.first)
            kill(daemon, SIGKILL)
            try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
            let again = try await net.mojan.run(command)
            #expect(again.status == 0, "\(again)")
            #expect(net.mojan.recorded("port") == port)
            #expect(try await net.mojan.run(["ss", "-Hlnt"]).output.contains("0.0.0.0:\(port)"))
        }
    }
}
