import FlomTestKit
import Foundation
import Testing

/// SIGHUP to a daemon: files are read again.
@Suite struct ReloadTests {
    private static let before = "[Daemon]\nLifespan=-1\n"

    /// A relative name of the file counts from the directory in which the daemon was started.
    @Test func changeableSettingsAreChangedAndTheRestIsNamed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(Self.before, to: box.path("file"))
        let daemon = try await box.startForeground("-c", "file")
        try Files.write(
            """
            [Daemon]
            Lifespan=90000
            LogLevel=debug
            ReclaimGrace=5000
            SocketMode=600
            LostHolderDelay=9000
            [Journal]
            Retention=90d
            RecordCommand=name
            Redact=--password=*
            """, to: box.path("file"))
        daemon.send(SIGHUP)
        try await eventually("it has reloaded: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("FLM143W") }
        let log = daemon.errorsSoFar
        #expect(
            log.contains(
                "changed Lifespan (-1 → 90000), ReclaimGrace (30000 → 5000), Retention (forever → 7776000 s), "
                    + "RecordCommand (full → name), Redact (0 → 1 patterns), LogLevel (notice → debug)"), "\(log)")
        #expect(log.contains("can change SocketMode (666 → 600), LostHolderDelay (15000 → 9000)"), "\(log)")
        #expect(!log.contains("password"))
        // In force, and kept for the next daemon after a crash.
        for (key, value) in [
            ("lifespan-ms", "90000"), ("reclaim-grace-ms", "5000"), ("retention-us", "7776000000000"), ("log-level", "debug"),
            ("socket-mode", "666"), ("lost-holder-delay-ms", "15000"),
        ] { #expect(box.recorded(key) == value, "\(key)") }
        #expect(try await box.flom("-d", "0", "-r", "R", "--", "echo", "--password=x").status == 0)
        #expect(try await box.history().first?.command == ["echo"])
        daemon.send(SIGHUP)
        try await eventually("the second time nothing is new") { daemon.errorsSoFar.contains("nothing has changed") }
    }

    @Test func aBrokenFileChangesNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(Self.before, to: box.path("file"))
        let daemon = try await box.startForeground("-c", "file")
        try Files.write("[Daemon]\nLifespan=soon\nLogLevel=debug\n", to: box.path("file"))
        daemon.send(SIGHUP)
        try await eventually("it says why: \(daemon.errorsSoFar)") {
            daemon.errorsSoFar.contains("file:2: Lifespan='soon' is not accepted")
        }
        #expect(box.recorded("lifespan-ms") == "-1" && box.recorded("log-level") == "notice")
        #expect(try await box.flom("-d", "0", "--", "true").status == 0)
    }

    /// The daemon has its options from its command line, and a lifespan that already runs changes at once.
    @Test func aDaemonOfAClientReloadsToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("config/flom"))
        try Files.write("[Daemon]\nLifespan=600000\n", to: box.path("config/flom/flom.conf"))
        let words = [box.program, "-s", box.socket, "--journal", box.journal, "--reclaim-grace", "7000"]
        #expect(try await box.run(words + ["--", "true"]).status == 0)
        let daemon = try #require(box.daemonPID)
        #expect(box.recorded("lifespan-ms") == "600000" && ProcessTable.isAlive(daemon))
        try Files.write("[Daemon]\nLifespan=1\nReclaimGrace=8000\n", to: box.path("config/flom/flom.conf"))
        kill(daemon, SIGHUP)
        try await eventually("its new lifespan is over") { !ProcessTable.isAlive(daemon) }
        // Options still win over files.
        #expect(box.recorded("reclaim-grace-ms") == "7000" && box.recorded("state") == "ended")
    }
}
