import FlomTestKit
import Foundation
import Testing

/// The lines of the daemon's log, and their receivers.
@Suite(.enabled(if: LogTaker.isPossible, Comment(rawValue: LogTaker.need))) struct LogTests {
    @Test func syslogHearsOfADaemonsLife() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.syslog, box)
        #expect(try await box.run(log.words([box.program] + box.options + ["-r", "R", "--", "true"])).status == 0)
        let pid = try #require(box.daemonPID)
        let begun = try await log.lines(until: "FLM003N")
        // 3 · 8 + 5: facility daemon, notice; then the time as libc's syslog writes it.
        let heading = try Regex(#"<29>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d flom\[\#(pid)\]: "#)
        #expect(begun.allSatisfy { $0.prefixMatch(of: heading) != nil }, "\(begun)")
        #expect(begun.first?.hasSuffix("FLM000I serves the local socket '\(box.socket)'") == true, "\(begun)")
        try await box.flom("-x")
        let ended = try await log.lines(until: "FLM004N")
        #expect(ended.contains { $0.contains("FLM008N") } && ended.last?.contains("shut down by") == true, "\(ended)")
    }

    @Test func theJournalOfSystemdGetsFields() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.journal, box)
        #expect(try await box.run(log.words([box.program] + box.options + ["-r", "R", "--", "true"])).status == 0)
        let entry = try #require(try await log.lines(until: "FLM003N").last).split(separator: "\n")
        #expect(entry.first?.hasPrefix("MESSAGE=FLM003N ready: ") == true)
        for field in [
            "PRIORITY=5", "SYSLOG_IDENTIFIER=flom", "SYSLOG_PID=\(box.daemonPID ?? 0)", "FLOM_MESSAGE_ID=FLM003N",
            "FLOM_ENDPOINT=\(box.socket)",
        ] { #expect(entry.contains { $0 == field }, "\(field): \(entry)") }
    }

    @Test func theLevelSaysHowMuch() async throws {
        for (level, ids) in [("error", []), ("notice", ["FLM000I", "FLM003N"]), ("debug", ["FLM000I", "FLM003N", "FLM015I"])] {
            let box = try Sandbox()
            defer { box.close() }
            let log = try LogTaker(.syslog, box)
            let words = [box.program] + box.options + ["--log-level", level, "-r", "R", "--", "true"]
            #expect(try await box.run(log.words(words)).status == 0)
            // The answer to the query comes after the log line of the request.
            #expect(try await box.history().count == 1)
            var found: [String] = []
            while let line = log.next() {
                found += line.split(separator: " ").filter { $0.hasPrefix("FLM") }.prefix(1).map(String.init)
            }
            #expect(found == ids, "\(level)")
        }
    }

    /// A client may send nonsense as often as it likes; the log does not grow with it.
    @Test func refusedConnectionsAreLoggedWithALimit() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.syslog, box)
        #expect(try await box.run(log.words([box.program] + box.options + ["-r", "R", "--", "true"])).status == 0)
        var lines: [String] = []
        for _ in 0..<40 {
            let client = try await RawClient(box.socket)
            try await client.send("nonsense</msg>")
            #expect(try await client.receive() == nil)
            // The queue of a datagram socket is short.
            while let line = log.next() { lines.append(line) }
        }
        lines += try await log.lines(until: "FLM121W")
        let single = lines.count { $0.contains("FLM120W") }
        #expect(single >= 5 && single < 40, "\(lines)")
        #expect(lines.contains { $0.contains("FLM120W ended the connection of process \(getpid()) of ") }, "\(lines)")
    }

    /// A full log delays no lock, and reports later how many lines it lacks.
    @Test func aLogThatNobodyReadsHoldsUpNobody() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.syslog, box)
        let options = box.options + ["--log-level", "debug"]
        #expect(try await box.run(log.words([box.program] + options + ["-r", "R", "--", "true"])).status == 0)
        let most = Int(Files.text(of: "/proc/sys/net/unix/max_dgram_qlen")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
        for _ in 0..<((most ?? 512) + 20) { #expect(try await box.flom("-r", "R", "--", "true").status == 0) }
        while log.next() != nil {}
        #expect(try await box.flom("-r", "R", "--", "true").status == 0)
        let lines = try await log.lines(until: "could not be logged")
        #expect(lines.last?.contains("FLM100W") == true, "\(lines)")
    }

    @Test func actionsOfPeopleAreLogged() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.syslog, box)
        let words = [box.program] + box.options + ["--log-level", "info", "-r", "R", "--", "sleep", "1000"]
        let holder = try box.start(log.words(words))
        _ = try await log.lines(until: "FLM003N")
        try await eventually("it holds") { try await box.status().count == 1 }
        #expect(try await box.flom("--break", "-r", "R", "--yes", "--reason", "night shift").status == 0)
        let broken = try await log.lines(until: "FLM112N")
        #expect(broken.last?.contains("broke the lock of request 1 on 'R': night shift") == true, "\(broken)")
        holder.send(SIGKILL)
        let orphan = try await box.hold("S")
        orphan.process.send(SIGKILL)
        #expect(try await log.lines(until: "FLM111I").last?.contains("on 'S'") == true)
    }
}

/// Log lines that clients and networks cause.
@Suite(.enabled(if: LogTaker.isPossible, Comment(rawValue: LogTaker.need))) struct ProvokedLogTests {
    @Test func otherLevelsAndWrongUnlocks() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let log = try LogTaker(.syslog, box)
        #expect(try await box.run(log.words([box.program] + box.options + ["-r", "R", "--", "true"])).status == 0)
        let other = try await RawClient(box.socket)
        try await other.send(#"<msg level="4" verb="1" step="8"><resource name="UjE="/></msg>"#)
        #expect(try await other.receive() == nil)
        let level = try await log.lines(until: "FLM006W")
        #expect(level.last?.contains("level 4 instead of 3") == true && !level.contains { $0.contains("FLM120W") }, "\(level)")
        let client = try await RawClient(box.socket)
        try await client.send(
            #"<msg level="3" verb="1" step="8"><session peerid="x"/><resource name="UjE=" mode="5" wait="1" create="1" lifespan="0"/></msg>"#
        )
        #expect(try await client.receive()?.contains(#"rc="0""#) == true)
        try await client.send(#"<msg level="3" verb="2" step="8"><resource name="UjI=" rollback="0"/></msg>"#)
        #expect(try await client.receive() == nil)
        let unlock = try await log.lines(until: "FLM009W")
        #expect(unlock.last?.contains("unlocks 'R2' but has locked 'R1'") == true, "\(unlock)")
    }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)")) func discoveryQueries() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let place = ["-A", "239.255.0.1", "-I", "200"]
        let daemon = try net.mojan.start(["flom", "--foreground", "--log-level", "info"] + place)
        defer { daemon.send(SIGKILL) }
        try await eventually("it is ready") { daemon.errorsSoFar.contains("FLM003N") }
        #expect(!daemon.errorsSoFar.contains("FLM005I"), "its own queries are no news: \(daemon.errorsSoFar)")
        #expect(try await net.tonale.run(["flom"] + place + ["-d", "0", "--", "true"]).status == 0)
        try await eventually("it says who has asked") { daemon.errorsSoFar.contains("FLM005I discovery query from 192.168.1.6") }
    }
}
