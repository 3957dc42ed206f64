import FlomModel
import FlomReports
import Testing

/// The output of `--check`, as monitoring plugins and Prometheus read it.
@Suite struct CheckTests {
    private let now = noon + second(3600)

    private func verdict(
        _ rows: [HistoryRow], maxWait: Int64? = nil, maxHold: Int64? = nil, notRunSince: Int64? = nil, daemon: Bool = true,
        lastSuccess: Int64? = nil
    ) -> CheckVerdict {
        var limits = CheckLimits()
        (limits.maxWait, limits.maxHold, limits.notRunSince) = (maxWait, maxHold, notRunSince)
        return CheckVerdict(
            rows, now: now, limits: limits, isDaemonRunning: daemon,
            success: notRunSince.map { _ in LastSuccess(resource: Array("backup".utf8), endedAt: lastSuccess) })
    }

    private var holder: HistoryRow { row(1, "db", .held, granted: noon) }
    private var waiter: HistoryRow { row(2, "db", .waiting, asked: noon + second(3000)) }

    @Test func allIsWell() {
        let verdict = verdict([holder, waiter], maxWait: second(600), maxHold: second(3600))
        #expect(verdict.level == .ok, "the limit itself is not passed")
        #expect(
            verdict.line
                == "FLOM OK - 1 held, 1 waiting | holders=1;;;0 waiters=1;;;0 orphans=0;;;0 away=0;;;0 "
                + "oldest_hold=3600.000000s;;3600.000000;0 oldest_wait=600.000000s;;600.000000;0")
    }

    @Test func aDaemonInTroubleIsWorseThanAllElse() {
        var verdict = verdict([holder, waiter])
        verdict.judge(daemonFault: "the journal | cannot be written")
        #expect(verdict.level == .critical)
        #expect(verdict.line.hasPrefix("FLOM CRITICAL - the journal ¦ cannot be written | holders=1;;;0"), "\(verdict.line)")
    }

    @Test(arguments: [
        (true, nil, "1", "flom_daemon_trouble 0"),
        (true, "a \"disk\" is full", "1", #"flom_daemon_trouble{reason="a \"disk\" is full"} 1"#),
        (false, "it is stopped", "0", #"flom_daemon_trouble{reason="it is stopped"} 1"#),
    ])
    func figuresOfADaemonInTrouble(answers: Bool, trouble: String?, answered: String, line: String) {
        var text = PrometheusText(
            StatusRows([], isComplete: true), always: nil, newestRequest: nil, isDaemonRunning: true, now: now)
        text.add(answers: answers, trouble: trouble)
        #expect(ExpositionFormat.complaints(text.lines) == [])
        #expect(
            text.lines.contains("\nflom_daemon_answers \(answered)\n") && text.lines.hasSuffix("\n\(line)\n"), "\(text.lines)")
    }

    @Test func whoWaitsOrHoldsTooLongIsNamed() {
        let late = verdict([holder, waiter], maxWait: second(600) - 1)
        #expect(late.level == .critical)
        #expect(
            late.line.hasPrefix("FLOM CRITICAL - 'db' is awaited for 10m 00s by ada@db1; the limit is 9m 59s |"), "\(late.line)")
        let two = verdict([holder, row(3, "other", .held, granted: noon + second(10))], maxHold: second(60))
        #expect(
            two.line.hasPrefix("FLOM CRITICAL - 'db' is held for 1h 00m by ada@db1 (and 1 more); the limit is 1m 00s |"),
            "\(two.line)")
    }

    @Test(
        arguments: [(60, CheckLevel.ok), (3600, .ok), (3601, .critical)] as [(Int64, CheckLevel)])
    func theLastSuccessMayBeTooLongAgo(ago: Int64, level: CheckLevel) {
        let verdict = verdict([], notRunSince: second(3600), lastSuccess: now - second(ago))
        #expect(verdict.level == level)
        #expect(verdict.line.contains("since_success=\(ago).000000s;;3600.000000;0"))
    }

    @Test func aSuccessThatNeverWasIsCritical() {
        let verdict = verdict([], notRunSince: second(3600))
        #expect(verdict.level == .critical && verdict.line.contains("no command under 'backup' is on record"))
        #expect(!verdict.line.contains("since_success"))
    }

    @Test func orphansAndThoseWhoAreAwayAreWarnings() {
        let orphan = row(1, "db", .held, granted: noon) { $0.isOrphan = true }
        #expect(verdict([orphan]).level == .warning)
        let away = row(1, "db", .held, granted: noon) { $0.isAway = true }
        let line = verdict([away]).line
        #expect(line.hasPrefix("FLOM WARNING - ada@db1 is away from 'db' |") && line.contains("away=1;;;0"), "\(line)")
        // The worst complaint decides the level, and comes first.
        let both = verdict([orphan], maxHold: second(1))
        #expect(both.level == .critical)
        #expect(
            both.line.hasPrefix("FLOM CRITICAL - 'db' is held for 1h 00m") && both.line.contains("; 'db' is held by an orphan |"))
    }

    @Test func withoutDaemonWhatIsOpenIsAWarning() {
        #expect(verdict([holder], daemon: false).level == .warning)
        let idle = verdict([], daemon: false)
        #expect(idle.level == .ok && idle.line.hasPrefix("FLOM OK - 0 held, 0 waiting, no daemon is running |"))
    }

    /// A bar in a name would begin the figures, and a line end the rest of the output.
    @Test func namesDoNotBreakTheLine() {
        let odd = row(1, "/a|b\nc", .held, granted: noon) { $0.user = "x|y" }
        let line = verdict([odd], maxHold: 0).line
        #expect(line.count { $0 == "|" } == 1 && !line.contains("\n"), "\(line)")
    }

    @Test func withoutAnAnswerThereAreNoFigures() {
        let unknown = CheckVerdict(.unknown, "the journal cannot be read")
        #expect(unknown.level.rawValue == 3 && unknown.line == "FLOM UNKNOWN - the journal cannot be read")
    }

    // MARK: - Prometheus

    @Test func figuresForPrometheus() {
        let status = StatusRows(
            [holder, waiter, row(3, "licence[3]", .held, granted: noon) { $0.quantity = 2 }], isComplete: true)
        var text = PrometheusText(
            status, always: Array("idle[4]".utf8), newestRequest: RequestID(17), isDaemonRunning: true, now: now)
        text.add(CheckVerdict(.critical, "late"), LastSuccess(resource: Array("db".utf8), endedAt: noon))
        let lines = Set(text.lines.split(separator: "\n").map(String.init))
        for line in [
            "flom_daemon_running 1", "flom_requests_total 17", "# TYPE flom_requests_total counter", "# TYPE flom_holders gauge",
            #"flom_holders{resource="db"} 1"#, #"flom_holders{resource="idle[4]"} 0"#, #"flom_waiters{resource="db"} 1"#,
            #"flom_oldest_hold_seconds{resource="db"} 3600.000000"#, #"flom_oldest_wait_seconds{resource="db"} 600.000000"#,
            #"flom_free{resource="licence[3]"} 1"#, #"flom_capacity{resource="licence[3]"} 3"#, "flom_check_status 2",
            #"flom_last_success_timestamp_seconds{resource="db"} 1795000000.000000"#,
        ] { #expect(lines.contains(line), "\(line) is missing in\n\(text.lines)") }
        #expect(ExpositionFormat.complaints(text.lines) == [])
    }

    @Test func namesOfAllKindsAreLabels() {
        var bytes = row(3, "", .held, granted: noon)
        var others = row(4, "", .held, granted: noon)
        (bytes.resource, others.resource) = ([0x2F, 0xFF], [0x2F, 0xFE])
        let rows = [row(1, #"/a"b\c"#, .held, granted: noon), row(2, "/line\nend", .held, granted: noon), bytes, others]
        let text = PrometheusText(
            StatusRows(rows, isComplete: true), always: nil, newestRequest: nil, isDaemonRunning: false, now: now
        ).lines
        #expect(ExpositionFormat.complaints(text) == [])
        #expect(
            text.contains(#"flom_holders{resource="/a\"b\\c"} 1"#) && text.contains(#"flom_holders{resource="/line\nend"} 1"#))
        // Two names that look the same are one series.
        #expect(text.contains("flom_holders{resource=\"/\u{FFFD}\"} 2"))
    }

    @Test func theCheckerOfTheFormatFindsMistakes() {
        for wrong in [
            "flom_x 1", "# TYPE flom_x gauge\nflom_x{a=\"b} 1\n", "# HELP flom_x h\n# TYPE flom_x gauge\nflom_x 1\nflom_x 2\n",
            "# HELP flom_x h\n# TYPE flom_x gauge\nflom_x{a=\"b\\c\"} 1\n", "# HELP flom_x h\n# TYPE flom_x gauge\nflom_x one\n",
            "# HELP flom_x h\n# TYPE flom_x counter\nflom_x 1\n",
        ] { #expect(ExpositionFormat.complaints(wrong) != [], "\(wrong)") }
    }
}

/// Checks the text format of Prometheus as strictly as its own promtool.
enum ExpositionFormat {
    static func complaints(_ text: String) -> [String] {
        guard text.hasSuffix("\n") else { return ["no line end at the end"] }
        var complaints: [String] = []
        var types: [Substring: Substring] = [:]
        var helps: Set<Substring> = []
        var series: Set<Substring> = []
        var family: Substring?
        var finished: Set<Substring> = []
        for line in text.split(separator: "\n") {
            if let help = line.wholeMatch(of: /# HELP ([a-z_]+) (.+)/) {
                if !helps.insert(help.output.1).inserted { complaints.append("a second HELP: \(line)") }
            } else if let type = line.wholeMatch(of: /# TYPE ([a-z_]+) (gauge|counter)/) {
                let name = type.output.1
                if types.updateValue(type.output.2, forKey: name) != nil { complaints.append("a second TYPE: \(line)") }
                if type.output.2 == "counter" && !name.hasSuffix("_total") { complaints.append("no _total: \(line)") }
            } else if let sample = line.wholeMatch(
                of: /([a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\\\|\\"|\\n)*"\})? (-?[0-9]+(?:\.[0-9]+)?)/)
            {
                let name = sample.output.1
                if types[name] == nil || !helps.contains(name) { complaints.append("without HELP and TYPE: \(line)") }
                if family != name, let family { finished.insert(family) }
                if finished.contains(name) { complaints.append("scattered: \(line)") }
                family = name
                if !series.insert(name + (sample.output.2 ?? "")).inserted { complaints.append("twice: \(line)") }
            } else {
                complaints.append("neither comment nor sample: \(line)")
            }
        }
        return complaints
    }
}
