import FlomTestKit
import Foundation
import Testing

/// `-x` and `-X` over a UNIX socket, over TCP and through a multicast group.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct ShutdownTests {
    enum Transport: String, Sendable, CaseIterable {
        case socket
        case tcp
        case tcp6
        case group
    }

    /// A daemon on mojan, and the options that lead to it from there.
    struct Stage {
        let net: HostNetwork
        let daemon: pid_t
        let place: [String]
        /// The same for clients that may start a daemon.
        let starting: [String]
        let socket: String?

        init(_ transport: Transport, isShared: Bool = false) async throws {
            let net = try await HostNetwork(isShared: isShared)
            self.net = net
            do {
                switch transport {
                case .socket:
                    socket = net.box.path("socket")
                    starting = ["-s", net.box.path("socket"), "-d", "-1"]
                case .tcp:
                    socket = nil
                    starting = ["-a", "192.168.1.2", "-d", "-1"]
                case .tcp6:
                    socket = nil
                    starting = ["-a", "fd00::2", "-d", "-1"]
                case .group:
                    socket = nil
                    starting = ["-A", "239.255.0.1", "-I", "200", "-d", "-1"]
                }
                place = starting.dropLast(2) + ["-d", "0"]
                let started = try await net.mojan.run(["flom"] + starting + ["--", "true"])
                guard started.status == 0, let pid = net.mojan.daemons.first else {
                    throw NeverHappened(description: "no daemon: \(started)")
                }
                daemon = pid
            } catch {
                net.close()
                throw error
            }
        }

        func flom(_ words: String...) async throws -> Outcome { try await net.mojan.run(["flom"] + place + words) }
        func ends() async throws { try await eventually("the daemon ends") { !ProcessTable.isAlive(daemon) } }
    }

    // MARK: - With grace

    @Test(arguments: Transport.allCases)
    func withGraceHoldersAndWaitersFinishFirst(transport: Transport) async throws {
        let stage = try await Stage(transport)
        let (net, mojan) = (stage.net, stage.net.mojan)
        defer { net.close() }
        let holder = try await mojan.hold("R", stage.place)
        let waiter = try await mojan.queue(for: "R", stage.place, at: mojan, ["echo", "waited"])

        let asked = try await stage.flom("-x")
        #expect(asked.status == 0 && asked.errors.isEmpty, "\(asked)")
        #expect(asked.output == "Starting FLoM daemon quiesce shutdown...\n")
        let refused = try await stage.flom("-r", "S", "--", "echo", "ran")
        #expect(refused.status == 99 && refused.output.isEmpty && refused.errors.contains("shut down"), "\(refused)")
        #expect(ProcessTable.isAlive(stage.daemon) && waiter.isRunning)

        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output == "waited\n" && outcome.errors.isEmpty, "\(outcome)")
        try await stage.ends()
        if let socket = stage.socket { #expect(!Files.exists(socket)) }
        #expect(try await stage.flom("-x").status == 99)
        // The next daemon serves.
        let next = try await mojan.run(["flom"] + stage.starting + ["-r", "R", "-o", "0", "--", "echo", "served"])
        #expect(next.output == "served\n", "\(next)")
    }

    @Test(arguments: Transport.allCases, ["-x", "-X"])
    func anIdleDaemonEndsAtOnce(transport: Transport, option: String) async throws {
        // 1.7.2 needs 1 s for this. The machine may be busy; a daemon that is slow by itself is slow each time.
        var quickest = Duration.seconds(1000)
        for _ in 0..<3 where quickest >= .milliseconds(900) {
            quickest = min(quickest, try await endAnIdleDaemon(transport, option))
        }
        #expect(quickest < .milliseconds(900))
    }

    private func endAnIdleDaemon(_ transport: Transport, _ option: String) async throws -> Duration {
        let stage = try await Stage(transport)
        defer { stage.net.close() }
        let start = ContinuousClock.now
        let asked = try await stage.flom(option)
        #expect(asked.status == 0 && asked.errors.isEmpty, "\(asked)")
        #expect(asked.output == "Starting FLoM daemon \(option == "-x" ? "quiesce" : "immediate") shutdown...\n")
        try await stage.ends()
        let duration = ContinuousClock.now - start
        if let socket = stage.socket { #expect(!Files.exists(socket)) }
        let again = try await stage.flom(option)
        #expect(again.status == 99 && again.errors.hasPrefix("flom: ") && again.errors.contains("no daemon"), "\(again)")
        #expect(stage.net.mojan.daemons.isEmpty)
        return duration
    }

    // MARK: - At once

    /// `-X` is a restart without grace: locks stay held.
    @Test(arguments: Transport.allCases)
    func atOnceTheCommandRunsOnAndKeepsItsLock(transport: Transport) async throws {
        let stage = try await Stage(transport)
        let (net, mojan) = (stage.net, stage.net.mojan)
        defer { net.close() }
        let holder = try await mojan.hold("R", stage.place)
        let waiter = try await mojan.queue(for: "R", stage.place, at: mojan, ["echo", "ran"])

        #expect(try await stage.flom("-X").status == 0)
        try await stage.ends()
        if let socket = stage.socket { #expect(!Files.exists(socket)) }
        let sent = try await waiter.wait()
        #expect(sent.status == 99 && sent.output.isEmpty && sent.errors.hasPrefix("flom: "), "\(sent)")
        #expect(ProcessTable.isAlive(holder.commandPID) && holder.process.isRunning)
        #expect(mojan.daemons.isEmpty)

        // A new command starts the next daemon, which knows of the lock.
        let second = try await mojan.run(["flom"] + stage.starting + ["-r", "R", "-o", "0", "--", "echo", "ran"])
        #expect(second.status == 98 && second.output.isEmpty, "\(second)")
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        try await eventually("the lock is free") {
            try await mojan.run(["flom"] + stage.starting + ["-r", "R", "-o", "0", "--", "true"]).status == 0
        }
    }

    /// The same for a holder on another host, whose lock stays held until it is back or the grace is over.
    @Test func atOnceARemoteHolderKeepsItsLock() async throws {
        let stage = try await Stage(.tcp)
        let net = stage.net
        defer { net.close() }
        let holder = try await net.presanella.hold("R", stage.place)
        let waiter = try await net.tonale.queue(for: "R", stage.place, at: net.mojan, ["echo", "ran"])
        #expect(try await stage.flom("-X").status == 0)
        try await stage.ends()
        #expect(try await waiter.wait().status == 99)
        let second = try await net.mojan.run(["flom"] + stage.starting + ["-r", "R", "-o", "0", "--", "echo", "ran"])
        #expect(second.status == 98 && second.output.isEmpty, "\(second)")
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    @Test(arguments: [Transport.socket, .tcp])
    func aSignalEndsItWithin100MillisecondsAndRemovesTheSocket(transport: Transport) async throws {
        let stage = try await Stage(transport)
        let mojan = stage.net.mojan
        defer { stage.net.close() }
        let holder = try await mojan.hold("R", stage.place)
        var quickest = Duration.seconds(1000)
        // Three times, because the machine may be busy. Each time the lock is still held.
        for _ in 0..<3 {
            let daemon = try #require(mojan.daemons.first)
            let sent = ContinuousClock.now
            kill(daemon, SIGTERM)
            while ProcessTable.isAlive(daemon) && ContinuousClock.now - sent < .seconds(10) { usleep(1000) }
            quickest = min(quickest, ContinuousClock.now - sent)
            if let socket = stage.socket { #expect(!Files.exists(socket)) }
            let next = try await mojan.run(["flom"] + stage.starting + ["-r", "R", "-o", "0", "--", "echo", "ran"])
            #expect(next.status == 98, "\(next)")
        }
        #expect(quickest < .milliseconds(100), "it took \(quickest)")
        try await holder.letGo()
    }

    // MARK: - Rights

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and unknown uids"), arguments: ["-x", "-X"])
    func anotherUserIsRefusedOnTheSocket(option: String) async throws {
        let stage = try await Stage(.socket, isShared: true)
        defer { stage.net.close() }
        let refused = try await stage.net.mojan.run(Stranger.words([stage.net.box.program] + stage.place + [option]))
        #expect(refused.status == 99 && refused.errors.contains("only the user who runs the daemon"), "\(refused)")
        // The user may still lock.
        let served = try await stage.net.mojan.run(Stranger.words([stage.net.box.program] + stage.place + ["--", "echo", "ran"]))
        #expect(served.output == "ran\n", "\(served)")
        #expect(stage.net.mojan.daemons == [stage.daemon])
        #expect(try await stage.flom(option).status == 0)
        try await stage.ends()
    }

    @Test(
        .enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and unknown uids"),
        arguments: [Transport.tcp, .tcp6, .group])
    func overTCPOnlyTheUserOfThisHostMay(transport: Transport) async throws {
        let stage = try await Stage(transport, isShared: true)
        let net = stage.net
        defer { net.close() }
        for option in ["-x", "-X"] {
            let remote = try await net.presanella.run(["flom"] + stage.place + [option])
            #expect(remote.status == 99 && remote.errors.contains("only the user who runs the daemon"), "\(remote)")
            let stranger = try await net.mojan.run(Stranger.words([net.box.program] + stage.place + [option]))
            #expect(stranger.status == 99 && stranger.errors.contains("only the user who runs the daemon"), "\(stranger)")
        }
        #expect(net.mojan.daemons == [stage.daemon])
        #expect(try await net.presanella.run(["flom"] + stage.place + ["--", "echo", "served"]).output == "served\n")
        #expect(try await stage.flom("-X").status == 0)
        try await stage.ends()
    }

    /// A daemon of a user who is not root.
    @Test(
        .enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and unknown uids"),
        arguments: ["192.168.1.2", "fd00::2"])
    func theDaemonsOwnUserAndRootMay(address: String) async throws {
        let net = try await HostNetwork(isShared: true)
        defer { net.close() }
        let place = ["-a", address, "--journal", net.box.path("state/journal")]
        func run(as uid: uid_t, _ words: String...) async throws -> Outcome {
            try await net.mojan.run(Stranger.words([net.box.program] + place + words, uid: uid))
        }
        for last in [true, false] {
            let started = try await run(as: Stranger.uid, "-d", "-1", "--", "echo", "ran")
            #expect(started.output == "ran\n", "\(started)")
            let refused = try await run(as: Stranger.other, "-X")
            #expect(refused.status == 99 && refused.errors.contains("only the user who runs the daemon"), "\(refused)")
            #expect(net.mojan.daemons.count == 1)
            let obeyed = last ? try await run(as: Stranger.uid, "-X") : try await net.mojan.run(["flom"] + place + ["-x"])
            #expect(obeyed.status == 0, "\(obeyed)")
            try await eventually("the daemon ends") { net.mojan.daemons.isEmpty }
        }
    }

    /// The shutdown of 1.7.2's client, with and without the right to it.
    @Test func aLegacyClientsShutdownHasTheSameRights() async throws {
        let stage = try await Stage(.tcp)
        let net = stage.net
        defer { net.close() }
        let remote = try await net.presanella.rawClient(to: "192.168.1.2")
        try await remote.send(LegacyMessages.shutdown(immediate: true))
        #expect(try await remote.receive() == nil)
        #expect(try await stage.flom("--", "echo", "served").output == "served\n")
        let local = try await net.mojan.rawClient(to: "192.168.1.2")
        try await local.send(LegacyMessages.shutdown(immediate: false))
        #expect(try await local.receive() == nil)
        try await stage.ends()
    }

    @Test(arguments: ["-x", "-X"], [["-a", "192.168.1.2"], ["-A", "239.255.0.1", "-I", "100"]])
    func withoutADaemonThereIsASentence(option: String, place: [String]) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let outcome = try await net.mojan.run(["flom"] + place + [option])
        #expect(outcome.status == 99 && outcome.errors.hasPrefix("flom: ") && outcome.errors.contains(place[1]), "\(outcome)")
        #expect(net.mojan.daemons.isEmpty)
    }

    /// The protocol of 1.7.2 lets any client shut a daemon down.
    @Test(arguments: [true, false])
    func shutdownByDatagramIsIgnored(immediate: Bool) async throws {
        let stage = try await Stage(.group)
        let net = stage.net
        defer { net.close() }
        for host in [net.mojan, net.presanella] {
            let socket = try host.datagrams()
            for address in ["239.255.0.1", "192.168.1.2"] {
                try socket.send(Array(LegacyMessages.shutdown(immediate: immediate).utf8), to: address)
            }
        }
        for host in [net.mojan, net.presanella] {
            #expect(try await host.run(["flom"] + stage.place + ["--", "echo", "served"]).output == "served\n")
        }
        #expect(net.mojan.daemons == [stage.daemon])
    }
}
