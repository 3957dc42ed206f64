import FlomTestKit
import Foundation
import Testing

/// Locks of other hosts, when the network or the daemon fails for a while. The cable is taken out of a host: no
/// connection is closed by that, both ends have to notice.
@Suite(
    .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"),
    .enabled(if: JournalQuery.isPossible, "needs Python with SQLite"))
struct NetworkResumeTests {
    /// A daemon on mojan that all hosts reach over TCP and only mojan starts.
    private struct Stage {
        let net: HostNetwork
        let daemon: pid_t
        static let place = ["-a", "192.168.1.2", "-d", "0"]
        static let starting = ["-a", "192.168.1.2", "-d", "-1"]

        init(_ options: String...) async throws {
            net = try await HostNetwork()
            do {
                let started = try await net.mojan.run(["flom"] + Self.starting + options + ["-r", "warmup", "--", "true"])
                guard started.status == 0, let pid = net.mojan.daemons.first else {
                    throw NeverHappened(description: "no daemon: \(started)")
                }
                daemon = pid
            } catch {
                net.close()
                throw error
            }
        }

        func status() async throws -> [ReportRow] { try await net.mojan.status(Self.place) }

        func history(of resource: String) async throws -> [ReportRow] {
            try ReportRow.rows(
                try await net.mojan.run(["flom"] + Self.place + ["--history", "--format", "json", "-r", resource]))
        }

        func count(of kind: String) async throws -> Int {
            let sql = "SELECT count(*) FROM event WHERE kind = '\(kind)'"
            return Int(try await JournalQuery.rows(sql, of: net.mojan.journal, in: net.box).first ?? "") ?? 0
        }

        /// Waits until mojan's kernel has given up the connections with a host.
        func loses(_ host: NetworkHost) async throws {
            try await eventually("mojan has lost \(host.name)") {
                try await net.mojan.run(["ss", "-Htn", "state", "established", "dst", host.address]).output.isEmpty
            }
        }

        func start(_ host: NetworkHost, _ words: String...) throws -> RunningProcess {
            try host.start(["flom"] + Self.place + words)
        }

        func holds(_ process: RunningProcess) async throws {
            try await eventually("\(process.pid) holds: \(process.errorsSoFar)") {
                try await status().contains { $0.clientPID == process.pid && $0.outcome == "held" && $0.command != nil }
            }
        }
    }

    // MARK: - The cable

    @Test func aHolderThatComesBackInTimeIsUndisturbed() async throws {
        let stage = try await Stage("--lost-holder-delay", "8000")
        let net = stage.net
        defer { net.close() }
        let holder = try await net.presanella.hold("R", Stage.place)
        try await net.setCable(of: net.presanella, connected: false)
        try await stage.loses(net.presanella)
        try await net.setCable(of: net.presanella, connected: true)
        try await eventually("it has come back") { try await stage.count(of: "resumed") >= 1 }
        #expect(try await stage.start(net.tonale, "-r", "R", "-o", "0", "--", "true").wait().status == 98)
        try await holder.letGo()
        let outcome = try await holder.process.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await stage.history(of: "R").first?.outcome == "released")
    }

    /// The client has to stop before the daemon gives the lock to another client.
    @Test func aHolderThatStaysAwayStopsBeforeTheNextOneStarts() async throws {
        let stage = try await Stage("--lost-holder-delay", "2000")
        let net = stage.net
        defer { net.close() }
        let script = #"trap 'date +%s%N > "$0"; exit 3' TERM; while :; do sleep 0.02; done"#
        let holder = try stage.start(
            net.presanella, "--on-lost", "term", "-r", "R", "--", "sh", "-c", script, net.box.path("lost"))
        try await stage.holds(holder)
        let next = try await net.tonale.queue(
            for: "R", Stage.place, at: net.mojan, ["sh", "-c", #"date +%s%N > "$0""#, net.box.path("got")])
        try await net.setCable(of: net.presanella, connected: false)

        #expect(try await next.wait().status == 0)
        let lost = try #require(Files.text(of: net.box.path("lost")).flatMap { Int($0.dropLast()) }, "nothing has stopped it")
        let got = try #require(Files.text(of: net.box.path("got")).flatMap { Int($0.dropLast()) })
        print("a lost holder: stopped \((got - lost) / 1_000_000) ms before the next one started")
        #expect(lost < got)
        #expect(holder.errorsSoFar.contains("may give the lock to another command from now on"))
        let rows = try await stage.history(of: "R")
        #expect(rows.map(\.outcome) == ["reclaimed", "released"])
        #expect(rows.first?.detail?.contains("2000") == true, "\(rows)")
        try await net.setCable(of: net.presanella, connected: true)
        #expect(try await holder.wait().status == 3)
    }

    /// Only a person ends it.
    @Test func withoutALeaseTimeEndsNothing() async throws {
        let stage = try await Stage("--lost-holder-delay", "2000")
        let net = stage.net
        defer { net.close() }
        let gate = try net.box.gate("gate")
        let leased = try stage.start(net.presanella, "-r", "leased", "--", "cat", gate.path)
        let holder = try stage.start(net.presanella, "--lease", "none", "-r", "R", "--", "cat", gate.path)
        try await stage.holds(leased)
        try await stage.holds(holder)
        try await net.setCable(of: net.presanella, connected: false)
        // The other lock, lost at the same moment, shows that the delay is over.
        #expect(try await stage.start(net.tonale, "-r", "leased", "--", "true").wait().status == 0)
        #expect(try await stage.start(net.tonale, "-r", "R", "-o", "1500", "--", "true").wait().status == 98)
        #expect(try await stage.status().map(\.outcome) == ["held"])
        // Over TCP not even root of the daemon's host can prove who asks.
        let refused = try await net.mojan.run(["flom"] + Stage.place + ["--break", "-r", "R", "--yes"])
        #expect(refused.status == 99 && refused.errors.contains("over TCP the user is not known"), "\(refused)")
        try await net.setCable(of: net.presanella, connected: true)
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        try await eventually("the lock is free") { try await stage.status().isEmpty }
        #expect(try await stage.history(of: "R").first?.outcome == "released")
    }

    @Test func aWaiterKeepsItsPlaceOverAnOutageAndARestart() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        let holder = try await net.mojan.hold("R", Stage.starting)
        let order = net.box.path("order")
        var waiters: [RunningProcess] = []
        for host in [net.presanella, net.tonale] {
            waiters.append(
                try await host.queue(
                    for: "R", Stage.place, at: net.mojan, ["sh", "-c", #"echo "$1" >> "$0""#, order, host.name]))
        }
        try await net.setCable(of: net.presanella, connected: false)
        kill(stage.daemon, SIGKILL)
        try await eventually("holder and the waiter that sees it have come back") { try await stage.count(of: "resumed") == 2 }
        try await net.setCable(of: net.presanella, connected: true)
        try await eventually("the other waiter is back") { try await stage.count(of: "resumed") == 3 }
        try await holder.letGo()
        for waiter in waiters { #expect(try await waiter.wait().status == 0) }
        #expect(Files.text(of: order) == "presanella\ntonale\n")
    }

    /// The grant goes to a host that has just been cut off: it stays in a buffer until another client has the lock.
    @Test func aGrantThatComesTooLateIsNotUsed() async throws {
        let stage = try await Stage("--lost-holder-delay", "2000")
        let net = stage.net
        defer { net.close() }
        let holder = try await net.mojan.hold("R", Stage.place)
        let ran = net.box.path("ran")
        let late = try await net.presanella.queue(for: "R", Stage.place, at: net.mojan, ["sh", "-c", #"echo > "$0""#, ran])
        let gate = try net.box.gate("gate")
        let next = try await net.tonale.queue(for: "R", Stage.place, at: net.mojan, ["cat", gate.path])
        // The stopped client reads nothing; its kernel receives the offer.
        late.send(SIGSTOP)
        try await holder.letGo()
        try await net.setCable(of: net.presanella, connected: false)
        try await stage.holds(next)
        try await net.setCable(of: net.presanella, connected: true)
        late.send(SIGCONT)
        try await eventually("it waits again") {
            try await stage.status().contains { $0.clientPID == late.pid && $0.outcome == "waiting" }
        }
        #expect(!Files.exists(ran))
        try await gate.open()
        #expect(try await next.wait().status == 0)
        let outcome = try await late.wait()
        #expect(outcome.status == 0 && Files.exists(ran), "\(outcome)")
    }

    /// The kernel acknowledges for a stopped client: only a connection that the kernel gives up is lost.
    @Test func aHolderThatIsStoppedIsNotLost() async throws {
        let stage = try await Stage("--lost-holder-delay", "2000")
        let net = stage.net
        defer { net.close() }
        let gate = try net.box.gate("gate")
        let other = try stage.start(net.tonale, "-r", "other", "--", "cat", gate.path)
        let holder = try stage.start(net.presanella, "-r", "R", "--", "cat", gate.path)
        try await stage.holds(other)
        try await stage.holds(holder)
        holder.send(SIGSTOP)
        try await net.setCable(of: net.tonale, connected: false)
        // The delay of that one is over now; wait for two more.
        #expect(try await stage.start(net.mojan, "-r", "other", "--", "true").wait().status == 0)
        #expect(try await stage.start(net.mojan, "-r", "R", "-o", "4000", "--", "true").wait().status == 98)
        holder.send(SIGCONT)
        try await gate.open()
        let outcome = try await holder.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    // MARK: - The daemon

    /// Only locks that might still be held stay shut.
    @Test func afterACrashTheDaemonWaitsForOtherHosts() async throws {
        let stage = try await Stage("--reclaim-grace", "3000")
        let net = stage.net
        defer { net.close() }
        let gate = try net.box.gate("gate")
        let away = try stage.start(net.presanella, "-r", "R", "--", "cat", gate.path)
        let back = try stage.start(net.tonale, "-r", "S", "--", "cat", gate.path)
        try await stage.holds(away)
        try await stage.holds(back)
        try await net.setCable(of: net.presanella, connected: false)
        kill(stage.daemon, SIGKILL)
        try await eventually("it is gone") { !ProcessTable.isAlive(stage.daemon) }

        let start = ContinuousClock.now
        #expect(try await net.mojan.run(["flom"] + Stage.starting + ["-r", "T", "-o", "0", "--", "true"]).status == 0)
        for resource in ["R", "S"] {
            #expect(try await stage.start(net.mojan, "-r", resource, "-o", "0", "--", "true").wait().status == 98)
        }
        #expect(try await stage.start(net.mojan, "-r", "R", "-o", "20000", "--", "true").wait().status == 0)
        #expect(ContinuousClock.now - start >= .milliseconds(2900))
        let row = try #require(try await stage.history(of: "R").first)
        #expect(row.outcome == "reclaimed" && row.detail?.contains("not_resumed") == true, "\(row)")
        #expect(try await stage.status().map(\.resource) == ["S"])
        #expect(away.isRunning && back.isRunning && back.errorsSoFar.isEmpty)
    }

    // MARK: - Another journal, another boot

    @Test func aDaemonOfAnotherJournalKnowsNoneOfTheLocks() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        let holder = try await net.presanella.hold("R", Stage.place)
        kill(stage.daemon, SIGKILL)
        try await eventually("it is gone") { !ProcessTable.isAlive(stage.daemon) }
        let state = net.box.path("mojan/var")
        for name in Files.names(in: state) where name.hasSuffix(".record") { unlink("\(state)/\(name)") }
        let other = ["--journal", net.box.path("other")]
        #expect(try await net.mojan.run(["flom"] + Stage.starting + other + ["-r", "warmup", "--", "true"]).status == 0)
        try await eventually("the holder hears of it") { holder.process.errorsSoFar.contains("another journal") }
        #expect(ProcessTable.isAlive(holder.commandPID))
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    /// A machine id, an address and another boot may be those of a copy: a client with a session keeps its lock.
    @Test func anotherBootOfAHostEndsNothing() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        func ask(_ name: String, from host: NetworkHost, secret: Character, boot: Character) async throws -> RawClient {
            let client = try await host.rawClient(to: "192.168.1.2")
            try await client.send(
                MarkedMessages.lock(
                    name, secret: String(repeating: secret, count: 21) + "A", boot: String(repeating: boot, count: 32)))
            let answer = try #require(try await client.receive())
            #expect(answer.contains(#"rc="0""#), "\(answer)")
            return client
        }
        let old = try await ask("R", from: net.presanella, secret: "a", boot: "1")
        let elsewhere = try await ask("S", from: net.tonale, secret: "b", boot: "1")
        #expect(try await stage.status().count == 2)
        let new = try await ask("T", from: net.presanella, secret: "c", boot: "2")
        #expect(try await stage.status().map(\.resource).sorted() == ["R", "S", "T"])
        withExtendedLifetime((old, elsewhere, new)) {}
    }
}
