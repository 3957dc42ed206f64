import FlomModel
import Testing

@testable import FlomStore

/// Reports read `request`. A row that was edited there is found by its events.
@Suite struct RowVerificationTests {
    let directory = TemporaryDirectory()

    /// One request of each kind; 12 and 13 are open.
    private func write() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        defer { journal.close() }
        var asked = request("R1")
        asked.client.isLocal = true
        asked.client.canResume = true
        (asked.client.user, asked.client.host, asked.client.uid) = ("ada", "db1", 1000)
        asked.client.process = ProcessIdentity(pid: 77, startTime: .max)
        asked.client.claimedPID = 78
        asked.client.tlsSubject = "CN=machine,O=Firm"
        (asked.client.address, asked.client.machineID, asked.client.bootID) = ("10.0.0.1", "machine", "boot")
        asked.secretHash = [1, 2, 3]
        (asked.isLeaseless, asked.endsOrphan, asked.mayWait, asked.mayCreate) = (true, true, false, false)
        asked.idleLifespanMilliseconds = -1
        let odd: [UInt8] = [0x80, 0x22, 0x5C, 0x0A, 0x1F]
        try journal.commit(
            [.daemonStarted(.init(pid: 1, bootID: "boot-1", version: "1", endpoint: "/s")), event(1, .requested(asked))],
            at: second(1))
        try journal.commit([event(1, .queued(position: 1))], at: second(2))
        try journal.commit(
            [event(1, .granted(token(1), element: odd)), event(1, .described(command: [odd, []]))], at: second(3))
        try journal.commit([event(1, .started(ProcessIdentity(pid: 80, startTime: 81)))], at: second(4))
        try journal.commit([event(1, .orphaned), event(1, .resumed), event(1, .released(.exited(status: 3)))], at: second(5))
        var part = request("N[4]")
        (part.quantity, part.group, part.parent) = (3, RequestID(2), RequestID(1))
        let name = try ResourceName(Array("a.b".utf8))
        let circle = [DeadlockLink(waiter: RequestID(3), resource: name, holder: RequestID(1))]
        let endings: [[Event.Kind]] = [
            [.refused(.busy), .described(command: [Array("late".utf8)])],
            [.refused(.together(with: RequestID(2)))],
            [.refused(.deadlock(circle))],
            [.refused(.overlapping(LockPart(name, .exclusive), LockPart(name, .exclusive)))],
            [.queued(position: 2), .withdrawn(.timedOut)],
            [.awaitingCreation, .withdrawn(.gone(.hostRebooted(from: "a", to: "b")))],
            [.granted(token(2)), .released(.signalled(9))],
            [.granted(token(3)), .reclaimed(.processesEnded([.init(pid: 5, startTime: 6), .init(pid: 7, startTime: 8)]))],
            [.granted(token(4)), .broken(by: "root", reason: "noon")],
            [.granted(token(5)), .orphaned, .released(.unlocked(rollback: true))],
        ]
        for (index, kinds) in endings.enumerated() {
            let number = Int64(index + 2)
            // One commit makes one row of it; two change a row that is there.
            try journal.commit([event(number, .requested(index < 2 ? part : request("a.b")))], at: second(10 + number))
            for kind in kinds { try journal.commit([event(number, kind)], at: second(20 + number)) }
        }
        try journal.commit([event(12, .requested(request())), event(12, .granted(token(6)))], at: second(50))
        try journal.commit([event(13, .requested(request())), event(13, .queued(position: 1))], at: second(51))
    }

    private func verify(afterwards sql: String = "SELECT 1") throws -> Verification {
        let database = try Database(path: directory.journal, .readWrite, busyTimeoutMilliseconds: 0)
        try database.execute(sql)
        database.close()
        return try JournalReader.open(path: directory.journal).verify()
    }

    @Test func whatWasWrittenIsWhatIsThere() throws {
        try write()
        #expect(try verify().firstBad == nil)
        // A reboot does not change that: the boot times of open requests lose their meaning.
        var settings = directory.settings
        settings.bootID = "boot-2"
        let journal = try Journal.open(settings, now: second(60))
        try journal.advanceEpoch(bootID: "boot-2")
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
        try journal.commit(
            [
                .daemonStarted(.init(pid: 2, bootID: "boot-2", version: "1", endpoint: "/s")),
                event(12, .reclaimed(.hostRebooted(from: "boot-1", to: "boot-2"))),
            ], at: second(61))
        journal.close()
        #expect(try verify().firstBad == nil)
    }

    /// Every column that a report shows, and those that decide what the next daemon does.
    @Test(arguments: [
        "mode = 0", "may_wait = 1", "may_create = 1", "idle_life_ms = 0", "is_local = 0", "can_resume = 0", "uid = 0", "pid = 1",
        "pid_start = 1", "user = 'bob'", "user = NULL", "host = 'db2'", "machine_id = ''", "boot_id = NULL", "claimed_pid = 1",
        "asked_at = asked_at + 1", "asked_boottime = asked_boottime - 1", "asked_boottime = NULL", "queued_at = NULL",
        "queued_boottime = 0", "granted_at = NULL", "granted_boottime = 0", "ended_at = ended_at + 1", "ended_boottime = NULL",
        "outcome = 'broken'", "is_orphan = 1", "token = token + 1", "element = x'80'", "command = x'6100'", "command = NULL",
        "command_pid = 1", "command_start = 1", "exit_status = 0", "signal = 9", "detail = 'why'", "quantity = 1", "in_group = 1",
        "parent = 1", "lease = NULL", "on_orphan = NULL", "address = NULL", "tls_subject = NULL", "tls_subject = 'CN=other'",
    ])
    func anEditedColumn(_ edit: String) throws {
        try write()
        let bad = try verify(afterwards: "UPDATE request SET \(edit) WHERE number = 1").firstBad
        #expect(bad?.reason == .rowAltered(column: String(edit.prefix { $0 != " " })))
        #expect(bad?.request == 1)
        #expect(bad?.number == 9, "its end")
        #expect(bad?.at == second(5).wallMicroseconds)
    }

    @Test func theResourceAndItsName() throws {
        try write()
        let moved = try verify(afterwards: "UPDATE request SET resource = 1 WHERE number = 4").firstBad
        #expect(moved?.reason == .rowAltered(column: "resource") && moved?.request == 4)
        let renamed = try verify(afterwards: "UPDATE resource SET name = CAST('R2' AS BLOB) WHERE id = 1").firstBad
        #expect(renamed?.reason == .rowAltered(column: "resource") && renamed?.request == 1)
    }

    @Test(arguments: [
        ("UPDATE request SET outcome = 'released' WHERE number = 2", 2, "outcome"),
        // Refused, and described afterwards.
        ("UPDATE request SET command = x'6100' WHERE number = 2", 2, "command"),
        ("UPDATE request SET command = NULL WHERE number = 2", 2, "command"),
        // Refused, and never described.
        ("UPDATE request SET command = x'6100' WHERE number = 3", 3, "command"),
        ("UPDATE request SET detail = 'busy' WHERE number = 3", 3, "detail"),
        ("UPDATE request SET detail = replace(detail, '1', '2') WHERE number = 4", 4, "detail"),
        ("UPDATE request SET detail = 'overlapping a.b a.c' WHERE number = 5", 5, "detail"),
        ("UPDATE request SET outcome = 'withdrawn' WHERE number = 6", 6, "outcome"),
        ("UPDATE request SET detail = NULL WHERE number = 7", 7, "detail"),
        ("UPDATE request SET signal = 15 WHERE number = 8", 8, "signal"),
        ("UPDATE request SET detail = replace(detail, '8', '9') WHERE number = 9", 9, "detail"),
        ("UPDATE request SET detail = 'by ada: noon' WHERE number = 10", 10, "detail"),
        ("UPDATE request SET is_orphan = 0 WHERE number = 11", 11, "is_orphan"),
        // Open ones.
        ("UPDATE request SET user = 'eve' WHERE number = 12", 12, "user"),
        ("UPDATE request SET command = x'6100' WHERE number = 12", 12, "command"),
        ("UPDATE request SET outcome = 'held', token = 9, granted_at = 1 WHERE number = 13", 13, "granted_at"),
    ])
    func editsOfEveryKindOfEnd(_ sql: String, _ request: Int64, _ column: String) throws {
        try write()
        let bad = try verify(afterwards: sql).firstBad
        #expect(bad?.reason == .rowAltered(column: column))
        #expect(bad?.request == request)
    }

    @Test(arguments: [1, 2, 7, 12, 13] as [Int64]) func aRowThatIsGone(_ number: Int64) throws {
        try write()
        let bad = try verify(afterwards: "DELETE FROM request WHERE number = \(number)").firstBad
        #expect(bad?.reason == .rowMissing)
        #expect(bad?.request == number)
    }

    @Test(arguments: [14, 99] as [Int64]) func aRowThatNothingSpeaksOf(_ number: Int64) throws {
        try write()
        let copy = "CREATE TEMP TABLE copy AS SELECT * FROM request WHERE number = 1; UPDATE copy SET number = \(number); "
        let bad = try verify(afterwards: copy + "INSERT INTO request SELECT * FROM copy").firstBad
        #expect(bad?.reason == .rowInserted)
        #expect(bad?.request == number)
    }

    /// Rows that flom does not write, though they are chained correctly.
    @Test func anEventOfNobody() throws {
        let journal = try Journal.open(directory.settings, now: second(0))
        try journal.commitLives(1...2)
        let record = EventRecord(
            number: 7, at: 1, boottime: 1, kind: Array("granted".utf8), request: 2, newestToken: 2, detail: Array("{}".utf8))
        var chain = journal.writer.chain
        let hash = chain.append(record)
        journal.close()
        let bad = try verify(
            afterwards: "INSERT INTO event VALUES (7, 1, 1, 'granted', 2, 2, '{}', x'\(hash)')"
        ).firstBad
        #expect(bad?.number == 7 && bad?.reason == .unreadable)
    }
}
