import FlomTestKit
import Foundation
import Testing

/// Commands that reach their daemon by a name, when no name server answers: DNS is on tonale, which receives and says nothing.
@Suite(
    .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"),
    .enabled(if: JournalQuery.isPossible, "needs Python with SQLite"),
    .enabled(if: Files.exists("/etc/resolv.conf"), "needs an /etc/resolv.conf"))
struct NameResolutionTests {
    private struct Stage {
        let net: HostNetwork
        /// A name server that receives queries and answers none.
        private let dns: DatagramSocket
        static let delay = 4000

        init() async throws {
            net = try await HostNetwork()
            do {
                dns = try net.tonale.datagrams(port: 53)
                try net.setNameServer(of: net.presanella, net.tonale.address)
            } catch {
                net.close()
                throw error
            }
        }

        func startDaemon(_ options: [String]) async throws {
            let before = net.mojan.recorded("pid")
            let started = try await net.mojan.run(
                ["flom", "-a", "192.168.1.2", "-d", "-1"] + options + ["-r", "warmup", "--", "true"])
            guard started.status == 0, let pid = net.mojan.recorded("pid"), pid != before else {
                throw NeverHappened(description: "no daemon: \(started)")
            }
        }

        /// A crash: all connections break.
        func killDaemon() async throws {
            let pid = try #require(net.mojan.recorded("pid").flatMap { pid_t($0) })
            kill(pid, SIGKILL)
            try await eventually("it is gone") { !ProcessTable.isAlive(pid) }
        }

        /// The next daemon listens at the same address.
        func replaceDaemon(_ options: [String] = []) async throws {
            try await killDaemon()
            try await startDaemon(options)
        }

        /// The next daemon has the journal and another address, to which the name leads, and at the old one a stranger listens.
        func moveDaemon(whileStopped processes: [RunningProcess]) async throws {
            try await net.setHostsFile(of: net.presanella, "192.168.1.6 mojan\n")
            for process in processes { process.send(SIGSTOP) }
            try await killDaemon()
            let moved = try await net.tonale.run([
                "flom", "-a", "192.168.1.6", "-d", "-1", "--journal", net.mojan.journal, "--reclaim-grace", "20000", "-r", "w",
                "--", "true",
            ])
            #expect(moved.status == 0, "\(moved)")
            // As if it were another machine: the record of the earlier daemon is removed.
            try await net.mojan.run(["sh", "-c", "rm /var/lib/flom/*.record"])
            let other = try await net.mojan.run([
                "flom", "-a", "192.168.1.2", "-d", "-1", "--journal", net.box.path("other"), "-r", "w", "--", "true",
            ])
            #expect(other.status == 0, "\(other)")
            for process in processes { process.send(SIGCONT) }
        }

        func forgetNames() async throws { try await net.setHostsFile(of: net.presanella, "") }

        /// The holder resumes its session, and its command ends without a complaint.
        func expectReturn(of holder: Holder) async throws {
            try await eventually("it has come back: \(holder.process.errorsSoFar)") { try await count(of: "resumed") >= 1 }
            try await holder.letGo()
            let outcome = try await holder.process.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }

        func count(of kind: String) async throws -> Int {
            let sql = "SELECT count(*) FROM event WHERE kind = '\(kind)'"
            return Int(try await JournalQuery.rows(sql, of: net.mojan.journal, in: net.box).first ?? "") ?? 0
        }
    }

    private static let byName = ["-a", "mojan", "-d", "0"]
    private static let here = ["-a", "192.168.1.2", "-d", "0"]

    // MARK: - Coming back

    /// The resolver alone takes 10 s, and each lock is kept for 4 s.
    @Test func aHolderAndAWaiterComeBackToTheAddressThatWorked() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        try await stage.startDaemon(["--lost-holder-delay", "\(Stage.delay)", "--reclaim-grace", "\(Stage.delay)"])
        let holder = try await net.presanella.hold("R", Self.byName)
        let waiter = try await net.presanella.queue(for: "R", Self.byName, at: net.mojan, ["echo", "got it"])
        try await stage.forgetNames()
        try await stage.replaceDaemon()

        try await eventually("both have come back: \(holder.process.errorsSoFar)") { try await stage.count(of: "resumed") >= 2 }
        #expect(try await net.tonale.run(["flom"] + Self.here + ["-r", "R", "-o", "0", "--", "true"]).status == 98)
        try await holder.letGo()
        let (held, waited) = (try await holder.process.wait(), try await waiter.wait())
        #expect(held.status == 0 && held.errors.isEmpty, "\(held)")
        #expect(waited.status == 0 && waited.output == "got it\n", "\(waited)")
        #expect(try await stage.count(of: "reclaimed") == 0)
    }

    /// The command ends while the daemon is away.
    @Test func anUnlockReachesTheAddressThatWorked() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        try await stage.startDaemon(["--reclaim-grace", "\(Stage.delay)"])
        let holder = try await net.presanella.hold("R", Self.byName)
        try await stage.forgetNames()
        try await holder.letGo()
        try await stage.replaceDaemon()
        let outcome = try await holder.process.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let rows = try ReportRow.rows(
            try await net.mojan.run(["flom"] + Self.here + ["--history", "--format", "json", "-r", "R"]))
        #expect(rows.map(\.outcome) == ["released"])
    }

    /// The multicast group is silent by then.
    @Test func aDaemonThatWasFoundByMulticastIsSoughtWhereItWas() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        let group = ["-A", "239.255.0.1"]
        try await stage.startDaemon(["--lost-holder-delay", "\(Stage.delay)", "--reclaim-grace", "\(Stage.delay)"] + group)
        let holder = try await net.presanella.hold("R", group + ["-d", "0"])
        try await net.administer("-n", net.presanella.namespace, "link", "set", "eth0", "multicast", "off")
        try await stage.replaceDaemon(group)
        try await stage.expectReturn(of: holder)
    }

    /// The daemon has moved with its journal, the name leads there, and another daemon listens at the old address.
    @Test func aNameThatLeadsElsewhereIsFollowed() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        try await stage.startDaemon(["--reclaim-grace", "20000"])
        let holder = try await net.presanella.hold("R", Self.byName)
        try await stage.moveDaemon(whileStopped: [holder.process])
        try await stage.expectReturn(of: holder)
    }

    /// A waiter follows the name too: a grant of the stranger at the old address would exclude no command that goes by the name.
    @Test func aWaiterFollowsTheNameToo() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        try await stage.startDaemon(["--reclaim-grace", "20000"])
        let holder = try await net.presanella.hold("R", Self.byName)
        let waiter = try await net.presanella.queue(
            for: "R", Self.byName, at: net.mojan, ["echo", "got it"])
        try await stage.moveDaemon(whileStopped: [holder.process, waiter])
        try await eventually("both have come back: \(waiter.errorsSoFar)") { try await stage.count(of: "resumed") >= 2 }
        #expect(waiter.isRunning && waiter.outputSoFar.isEmpty)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output == "got it\n" && !outcome.errors.contains("another journal"), "\(outcome)")
        // The stranger's record shows that nobody held the lock there.
        let strange = try await net.mojan.run([
            "flom", "--history", "--journal", net.box.path("other"), "-r", "R", "--format", "json",
        ])
        #expect(try ReportRow.rows(strange).map(\.outcome) == ["timed_out"], "\(strange)")
    }

    // MARK: - Several daemons behind a name

    /// All commands use the same daemon, and a sentence says so where that may change.
    @Test func twoDaemonsBehindOneName() async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        try await net.setHostsFile(of: net.presanella, "192.168.1.6 pair\n192.168.1.2 pair\n")
        try await stage.startDaemon([])
        let other = try await net.tonale.run([
            "flom", "-a", "192.168.1.6", "-d", "-1", "--journal", net.tonale.journal, "-r", "w", "--", "true",
        ])
        #expect(other.status == 0, "\(other)")
        let byName = ["-a", "pair", "-d", "0"]
        let first = try await net.presanella.run(["flom"] + byName + ["-r", "R", "--", "true"])
        #expect(first.status == 0 && first.errors.isEmpty, "\(first)")
        let doctor = try await net.presanella.run(["flom", "-a", "pair", "--doctor"])
        #expect(doctor.output.contains("each may have a daemon of its own"), "\(doctor)")

        try await stage.killDaemon()
        let second = try await net.presanella.run(["flom"] + byName + ["-r", "R", "--", "true"])
        #expect(second.status == 0, "\(second)")
        #expect(
            second.errors.contains("at 192.168.1.2 no daemon answers, so this uses 192.168.1.6")
                && second.errors.filter { $0 == "\n" }.count == 1, "\(second)")
        let rows = try ReportRow.rows(
            try await net.tonale.run(["flom", "--history", "--journal", net.tonale.journal, "-r", "R", "--format", "json"]))
        #expect(rows.count == 1)
    }

    // MARK: - A new command

    /// The resolver alone takes 10 s, and `getent` as long again.
    @Test(arguments: [(["-o", "0"], 2000), (["-o", "700"], 700)])
    func aDeadNameServerTakesNoLongerThanTheLimit(_ limit: [String], milliseconds: Int) async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        let start = ContinuousClock.now
        let outcome = try await net.presanella.run(
            ["flom", "-a", "nosuch.flom.test", "-d", "0"] + limit + ["-r", "R", "--", "true"])
        let took = ContinuousClock.now - start
        #expect(outcome.status == 99)
        #expect(outcome.errors.contains("the name 'nosuch.flom.test'"), "\(outcome)")
        #expect(outcome.errors.contains("name server \(net.tonale.address)"), "\(outcome)")
        #expect(took >= .milliseconds(milliseconds) && took < .milliseconds(milliseconds + 3000), "\(took)")
    }

    @Test(arguments: [
        ["-A", "nosuch.flom.test", "-d", "0", "-o", "0", "--", "true"], ["-a", "nosuch.flom.test", "--status"],
        ["-a", "nosuch.flom.test", "--doctor"],
    ])
    func groupsAndReportsTakeNoLongerEither(_ words: [String]) async throws {
        let stage = try await Stage()
        let net = stage.net
        defer { net.close() }
        let start = ContinuousClock.now
        let outcome = try await net.presanella.run(["flom"] + words)
        let took = ContinuousClock.now - start
        #expect(outcome.status != 0)
        #expect((outcome.errors + outcome.output).contains("the name 'nosuch.flom.test'"), "\(outcome)")
        #expect(took < .seconds(10), "\(took)")
    }
}
