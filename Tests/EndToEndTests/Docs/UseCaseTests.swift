import FlomTestKit
import Foundation
import Testing

/// Use case 8, as its users type it: two systems, one daemon, found by multicast.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct UseCaseTests {
    private static let group = "239.255.0.1"
    /// The command that starts the daemon in the use case.
    private static let start = ["flom", "-a", "192.168.1.2", "-A", "239.255.0.1", "-d", "-1", "--", "true"]
    private static let legacyLine = "flom_client_connect: ret_cod=-104 (ERROR: 'connect' function returned an error condition)"

    /// Runs a command in `/usr`, as the prompt says.
    private static func inUsr(_ words: String...) -> [String] { ["env", "-C", "/usr"] + words }

    @Test func theWholeDialogue() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let (mojan, presanella) = (net.mojan, net.presanella)

        #expect(try await mojan.pgrep() == [])
        let started = try await mojan.run(Self.start)
        #expect(started.status == 0 && started.output.isEmpty && started.errors.isEmpty, "\(started)")
        let found = try await mojan.pgrep()
        try #require(found.count == 1)
        let listed = try await mojan.run(["ps", "-o", "ppid=,tty=,args=", "-p", "\(found[0])"]).output
        let words = listed.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(Array(words.dropFirst()) == ["?"] + Self.start)
        #expect(ProcessTable.ancestors().contains(pid_t(words[0]) ?? -1), "its parent is \(words[0])")

        let usr = try await mojan.run(Self.inUsr("ls")).output
        let local = try await mojan.run(Self.inUsr("flom", "-a", "192.168.1.2", "-d", "0", "--", "ls"))
        #expect(local.status == 0 && local.output == usr && local.errors.isEmpty, "\(local)")
        for place in [["-a", "192.168.1.2"], ["-a", "mojan"], ["-A", Self.group]] {
            let remote = try await presanella.run(["env", "-C", "/usr", "flom"] + place + ["-d", "0", "--", "ls"])
            #expect(remote.status == 0 && remote.output == usr && remote.errors.isEmpty, "\(place): \(remote)")
        }
        let discovered = try await mojan.run(Self.inUsr("flom", "-A", Self.group, "-d", "0", "--", "ls"))
        #expect(discovered.status == 0 && discovered.output == usr && discovered.errors.isEmpty, "\(discovered)")
        #expect(try await mojan.pgrep() == found)
        #expect(try await presanella.pgrep() == [])

        // `pkill flom`; the last test measures how long that takes.
        kill(found[0], SIGTERM)
        try await eventually("pgrep finds nothing") { try await mojan.pgrep().filter { ProcessTable.isAlive($0) } == [] }

        let asked = ContinuousClock.now
        let failed = try await presanella.flom("-A", Self.group, "-d", "0", "--", "sleep", "10")
        #expect(ContinuousClock.now - asked >= .milliseconds(1000))
        #expect(failed.status == 99 && failed.output.isEmpty, "\(failed)")
        let lines = failed.errors.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        try #require(lines.count == 3, "\(failed)")
        // The sentence says what was asked, where, how often, and what to do, without a number.
        for part in ["flom: ", Self.group, "28015", "2 times", "500 ms", "-d 0", "-d -1"] {
            #expect(lines[0].contains(part), "\(part) in '\(lines[0])'")
        }
        #expect(!lines[0].contains("[-"))
        #expect(lines[1] == Self.legacyLine && lines[2].isEmpty)
    }

    @Test func commandsOfTwoHostsRunOneAfterTheOther() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let place = ["-A", Self.group, "-d", "0"]
        let started = try await net.mojan.run(Self.start)
        #expect(started.status == 0, "\(started)")
        let sleeper = try await net.presanella.hold(nil, place)
        let ls = try await net.mojan.queue(for: nil, place, at: net.mojan, ["ls", "/usr"])
        #expect(ls.outputSoFar.isEmpty && ls.isRunning)
        try await sleeper.letGo()
        #expect(try await sleeper.process.wait().status == 0)
        let outcome = try await ls.wait()
        #expect(outcome.status == 0 && outcome.output.contains("bin\n") && outcome.errors.isEmpty, "\(outcome)")
        let rows = try ReportRow.rows(
            try await net.presanella.run(["flom"] + place + ["--history", "--format", "json"]))
        try #require(rows.count >= 2)
        let (first, second) = (rows[rows.count - 2], rows[rows.count - 1])
        #expect(first.clientPID == sleeper.process.pid && second.clientPID == ls.pid)
        #expect(try #require(first.endedAt) <= #require(second.grantedAt))
    }

    @Test func theTraceShowsTheStepsOfAnUnsuccessfulDiscovery() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let process = try net.presanella.start(
            ["flom", "-A", Self.group, "-d", "0", "--", "sleep", "10"], environment: ["FLOM_TRACE_MASK": "0x8"])
        let outcome = try await process.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty)
        var lines = outcome.errors.split(separator: "\n").map(String.init)
        #expect(lines.popLast() == Self.legacyLine)
        let sentence = lines.popLast()
        #expect(sentence?.hasPrefix("flom: ") == true)

        let form = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.(\d{6}) \[(\d+)\/0x[0-9a-f]+\] (.+)/
        var steps: [String] = []
        for line in lines {
            let match = try #require(line.wholeMatch(of: form), "'\(line)'")
            #expect(match.output.2 == "\(process.pid)")
            steps.append(String(match.output.3))
        }
        let expected = [
            "flom_client_connect",
            "flom_client_discover_udp",
            "flom_client_discover_udp: using address '239.255.0.1' and port 28015",
            "flom_client_discover_udp: sending discover message...",
            "flom_client_discover_udp: sending discover message...",
            "flom_client_discover_udp: no answer from UDP/IP multicast discovery",
            "flom_client_discover_udp/excp=5/ret_cod=4/errno=11 ('Resource temporarily unavailable')",
            "flom_client_connect: connection failed, a new daemon can not be started because daemon lifespan is 0",
            "flom_client_connect/excp=4/ret_cod=-104/errno=11",
        ]
        #expect(steps.filter { expected.contains($0) } == expected)
        // The times of the lines are in the user's time zone.
        let times = lines.map { String($0.prefix(26)) }
        #expect(times == times.sorted())
    }

    /// The use case looks right after `pkill`: a daemon with clients ends within 100 ms, and its port is free.
    @Test func aTerminatedDaemonIsGoneAtOnce() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        var quickest = Duration.seconds(1000)
        // The machine may be busy; a daemon that is slow by itself is slow in each round.
        for round in 0..<3 {
            #expect(try await net.mojan.run(Self.start).status == 0)
            let daemon = try #require(net.mojan.daemons.first)
            let clients = try await (0..<50).asyncMap { _ in try await net.presanella.rawClient(to: "192.168.1.2") }
            for (number, client) in clients.enumerated() { try await client.send(LegacyMessages.lock("R\(round)x\(number)")) }
            for client in clients { #expect(try await client.receive() == LegacyMessages.firstAnswer(0)) }
            // An unlock that the daemon no longer reads leaves its lock to the next daemon, which keeps it for a while: so each
            // round has resources of its own.
            for (number, client) in clients.enumerated() { try await client.send(LegacyMessages.unlock("R\(round)x\(number)")) }
            let killed = ContinuousClock.now
            kill(daemon, SIGTERM)
            while ProcessTable.isAlive(daemon) && ContinuousClock.now - killed < .seconds(10) { usleep(1000) }
            quickest = min(quickest, ContinuousClock.now - killed)
            for client in clients { #expect(try await client.receive() == nil) }
        }
        #expect(quickest < .milliseconds(100), "it took \(quickest)")
    }
}
