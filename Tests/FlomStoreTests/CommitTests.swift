import FlomModel
import Glibc
import Testing

@testable import FlomStore

@Suite struct CommitTests {
    let directory = TemporaryDirectory()

    private func journal() throws -> Journal { try Journal.open(directory.settings, now: second(0)) }

    private func events(_ journal: Journal) throws -> [String] {
        let rows = try Statement(
            connection: #require(journal.database.connection),
            path: "",
            sql:
                "SELECT number || ' ' || kind || coalesce(' #' || request, '') || coalesce(' ' || detail, '') FROM event ORDER BY number"
        )
        defer { rows.finalize() }
        var lines: [String] = []
        while try rows.step() { lines.append(rows.text(0)) }
        return lines
    }

    /// The whole vocabulary, in the form that is kept for ever.
    @Test func theRecordOfEveryKind() throws {
        let journal = try journal()
        var full = request("R1", .concurrentRead)
        full.mayWait = false
        full.mayCreate = false
        full.idleLifespanMilliseconds = -1
        full.client.isLocal = true
        full.client.canResume = true
        full.client.uid = 0
        full.client.process = ProcessIdentity(pid: 7, startTime: 8)
        full.client.claimedPID = 9
        full.client.user = "u"
        full.client.host = "h"
        full.client.machineID = "m"
        full.client.bootID = "b"
        full.secretHash = [1]
        let ended = Proof.processesEnded([ProcessIdentity(pid: 1, startTime: 2)])
        let start = DaemonStart(pid: 1, bootID: "b", version: "1.0", endpoint: "/run/flom\"")
        try journal.commit(
            [
                .daemonStarted(start),
                event(1, .requested(full)), event(1, .refused(.busy)),
                event(2, .requested(request())), event(2, .awaitingCreation), event(2, .queued(position: 3)),
                event(2, .granted(FencingToken(epoch: 1, counter: 1))),
                event(2, .described(command: [Array("ls".utf8), [0xFF]])),
                event(2, .started(ProcessIdentity(pid: 5, startTime: 6))),
                event(2, .orphaned), event(2, .reclaimed(ended)),
                event(3, .requested(request())), event(3, .withdrawn(.timedOut)),
                event(4, .requested(request())), event(4, .withdrawn(.gone(.hostRebooted(from: "b", to: "c")))),
                event(5, .requested(request())), event(5, .granted(FencingToken(epoch: 1, counter: 2))),
                event(5, .released(.signalled(15))),
                .gap("1 release"), .daemonStopped(reason: "idle"),
            ],
            at: second(1)
        )
        #expect(
            try events(journal) == [
                #"1 daemon_started {"pid":1,"boot_id":"b","version":"1.0","endpoint":"/run/flom\""}"#,
                #"2 requested #1 {"resource":"R1","mode":"CR","may_wait":false,"may_create":false,"idle_life_ms":-1,"local":true,"resumable":true,"uid":0,"pid":7,"start":8,"claimed_pid":9,"user":"u","host":"h","machine_id":"m","boot_id":"b"}"#,
                #"3 refused #1 {"reason":"busy"}"#,
                #"4 requested #2 {"resource":"R1","mode":"EX"}"#,
                #"5 awaiting_creation #2"#,
                #"6 queued #2 {"position":3}"#,
                #"7 granted #2 {"token":137438953473}"#,
                "8 described #2 {\"command\":[\"ls\",\"\u{FFFD}\"],\"command_base64\":[\"bHM=\",\"/w==\"]}",
                #"9 started #2 {"pid":5,"start":6}"#,
                #"10 orphaned #2"#,
                #"11 reclaimed #2 {"proof":"processes_ended","processes":[{"pid":1,"start":2}]}"#,
                #"12 requested #3 {"resource":"R1","mode":"EX"}"#,
                #"13 timed_out #3"#,
                #"14 requested #4 {"resource":"R1","mode":"EX"}"#,
                #"15 withdrawn #4 {"reason":"gone","proof":"host_rebooted","from":"b","to":"c"}"#,
                #"16 requested #5 {"resource":"R1","mode":"EX"}"#,
                #"17 granted #5 {"token":137438953474}"#,
                #"18 released #5 {"completion":"signalled","signal":15}"#,
                #"19 journal_gap {"lost":"1 release"}"#,
                #"20 daemon_stopped {"reason":"idle"}"#,
            ]
        )
        #expect(
            try journal.database.integer("SELECT count(*) FROM event WHERE detail IS NOT NULL AND NOT json_valid(detail)") == 0)
    }

    @Test func everyKindHasAWordOfItsOwn() {
        #expect(Set(EventKind.allCases.map(\.rawValue)).count == EventKind.allCases.count)
    }

    @Test func anEmptyBatchIsNothing() throws {
        let journal = try journal()
        try journal.commit([], at: second(1))
        #expect(journal.lastEventNumber == 0)
    }

    /// Breaks a commit, checks that it left no trace, mends what was broken, and commits the same batch.
    private func expectWholeOrNothing(
        _ journal: Journal,
        _ path: String,
        kinds: [JournalError.Kind],
        breaking: () throws -> Void,
        mending: () throws -> Void
    ) throws {
        try journal.commit([event(1, .requested(request("Old"))), event(1, .granted(token(1)))], at: second(1))
        let before = (
            try events(journal), try JournalReader.open(path: path).rows(), journal.lastEventNumber, journal.lastEventHash
        )
        // New and known requests, new and known resources, and more than fits in any hole.
        var batch = [event(1, .released(.exited(status: 0)))]
        for number in 2...400 as ClosedRange<Int64> {
            batch.append(event(number, .requested(request(number % 2 == 0 ? "Old" : "New\(number)"))))
            batch.append(event(number, .granted(token(number))))
        }
        try breaking()
        for _ in 1...3 {
            let error = journalError { try journal.commit(batch, at: second(2)) }
            #expect(error.map { kinds.contains($0.kind) } == true, "\(String(describing: error))")
            #expect(journal.lastEventNumber == before.2 && journal.lastEventHash == before.3)
        }
        try mending()
        #expect(try events(journal) == before.0)
        #expect(try JournalReader.open(path: path).rows() == before.1)
        try journal.commit(batch, at: second(3))
        let reader = try JournalReader.open(path: path)
        #expect(journal.lastEventNumber == Int64(2 + batch.count))
        #expect(
            try reader.verify(expecting: [.init(number: journal.lastEventNumber, hash: journal.lastEventHash)]).firstBad == nil)
        #expect(try reader.rows().count == 400)
        #expect(try reader.openRequests().count == 399)
        #expect(try reader.rows(HistoryQuery(resource: Array("New3".utf8))).count == 1)
    }

    @Test func aFullDatabase() throws {
        let journal = try journal()
        try expectWholeOrNothing(
            journal,
            directory.journal,
            kinds: [.full],
            breaking: { try journal.database.execute("PRAGMA max_page_count = 1") },  // SQLite takes what is there already.
            mending: { try journal.database.execute("PRAGMA max_page_count = 1000000") }
        )
    }

    @Test func aForeignWriter() throws {
        let journal = try journal()
        let other = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        try expectWholeOrNothing(
            journal,
            directory.journal,
            kinds: [.busy],
            breaking: { try other.execute("BEGIN IMMEDIATE") },
            mending: { try other.execute("ROLLBACK") }
        )
    }

    /// The file system itself refuses to write in the middle of the log. This runs in a process of its own, whose limits may be
    /// changed.
    @Test func aFileSizeLimit() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let directory = TemporaryDirectory()
            let journal = try Journal.open(directory.settings, now: second(0))
            func limit(_ bytes: UInt) {
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                limit.rlim_cur = bytes
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            }
            try CommitTests().expectWholeOrNothing(
                journal,
                directory.journal,
                kinds: [.full, .inputOutput],  // A write that fails altogether is I/O, one that falls short is a full disk.
                breaking: {
                    let size = JournalFile.status(journal.walPath)?.size ?? 0
                    #expect(size > 0)
                    limit(UInt(size) + 50_000)
                },
                mending: { limit(.max) }
            )
        }
    }

    @Test func requestsNobodyKnows() throws {
        let journal = try journal()
        try journal.commitLives(1...1)
        let batches: [[JournalEntry]] = [
            [event(9, .queued(position: 1))],
            [event(9, .described(command: []))],
            [event(1, .granted(token(9)))],
            [event(1, .released(.exited(status: 0)))],
            [event(1, .orphaned)],
            [event(2, .requested(request())), event(2, .requested(request()))],
            [event(2, .requested(request())), event(2, .refused(.busy)), event(2, .granted(token(9)))],
        ]
        for batch in batches {
            guard case .unknownRequest = journalError({ try journal.commit(batch, at: second(2)) })?.kind else {
                Issue.record("\(batch)")
                continue
            }
        }
        #expect(try events(journal).count == 3)
        try journal.commitLives(2...2)
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
    }

    /// A client may report its command late.
    @Test func aCommandThatHasEndedIsStillDescribed() throws {
        let journal = try journal()
        try journal.commitLives(1...1)
        try journal.commit(
            [event(1, .described(command: [[65]])), event(1, .started(ProcessIdentity(pid: 7, startTime: 8)))], at: second(2))
        let row = try #require(try JournalReader.open(path: directory.journal).rows().first)
        #expect(row.command == [[65]])
        #expect(row.commandPID == 7)
        #expect(row.outcome == .released)
    }

    @Test func tokensGrow() throws {
        let journal = try journal()
        try journal.commitLives(1...5)
        let again = [event(6, .requested(request())), event(6, .granted(token(5)))]
        #expect(journalError { try journal.commit(again, at: second(9)) }?.kind == .staleToken(token(5).value))
        try journal.commit(
            [event(6, .requested(request())), event(6, .granted(FencingToken(epoch: 2, counter: 1)))], at: second(9))
        journal.close()
        let reopened = try Journal.open(directory.settings, now: second(9))
        #expect(try reopened.recover().lastTokenCounter == 1)
        let stale = [event(7, .requested(request())), event(7, .granted(token(1000)))]
        #expect(journalError { try reopened.commit(stale, at: second(9)) }?.kind == .staleToken(token(1000).value))
    }

    @Test func aClosedJournalSaysSo() throws {
        let journal = try journal()
        journal.close()
        #expect(journalError { try journal.commitLives(1...1) }?.kind == .closed)
    }

    @Test func checkpointsWhenDue() throws {
        let journal = try journal()
        #expect(try journal.checkpointIfDue() == false)
        var number: Int64 = 0
        func untilDue() throws -> Bool {
            for _ in 0..<5000 {
                number += 1
                try journal.commitLives(number...number)
                if try journal.checkpointIfDue() { return true }
            }
            return false
        }
        #expect(try untilDue())
        #expect(try journal.checkpointIfDue() == false)
        let size = JournalFile.status(journal.walPath)?.size
        // The log starts over instead of growing.
        #expect(try untilDue())
        let after = try #require(JournalFile.status(journal.walPath)?.size)
        #expect(after < 2 * (size ?? 0))
        #expect(try JournalReader.open(path: directory.journal).verify().goodEvents == number * 3)
    }
}
