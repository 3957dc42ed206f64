import CSQLite
import FlomModel
import Testing

@testable import FlomStore

@Suite struct RecoveryTests {
    let directory = TemporaryDirectory()

    private func journal() throws -> Journal { try Journal.open(directory.settings, now: second(100)) }

    /// A request without default values.
    private var fullRequest: LockRequest {
        var full = request("Resource9", .protectedWrite)
        full.mayWait = false
        full.mayCreate = false
        full.idleLifespanMilliseconds = 60_000
        full.secretHash = Array(0..<32)
        full.client.process = ProcessIdentity(pid: 4711, startTime: .max)
        full.client.uid = .max
        full.client.isLocal = true
        full.client.canResume = true
        full.client.user = "jürgen"
        full.client.host = "host\"1"
        full.client.machineID = "m"
        full.client.bootID = "b"
        full.client.claimedPID = 12
        return full
    }

    @Test func everythingAboutAnOpenRequestComesBack() throws {
        let command: [[UInt8]] = [Array("sh".utf8), [], [0xFF, 0x20]]
        let process = ProcessIdentity(pid: 99, startTime: 1 << 63)
        var expected = OpenRequest(id: RequestID(1), request: fullRequest, phase: .held(token(5)), askedAt: second(1).boottime)
        expected.queuedAt = second(2).boottime
        expected.grantedAt = second(3).boottime
        expected.command = process
        expected.commandLine = command
        expected.isOrphan = true

        let first = try journal()
        try first.advanceEpoch(bootID: "boot-1")
        try first.commit([event(1, .requested(fullRequest))], at: second(1))
        try first.commit([event(1, .queued(position: 1))], at: second(2))
        try first.commit([event(1, .granted(token(5)))], at: second(3))
        try first.commit([event(1, .described(command: command))], at: second(4))
        try first.commit([event(1, .started(process))], at: second(5))
        try first.commit([event(1, .orphaned)], at: second(6))
        #expect(try first.recover().openRequests == [expected])
        first.close()

        let recovered = try journal().recover()
        #expect(recovered.openRequests == [expected])
        #expect(recovered.nextRequestNumber == 2)
        #expect(recovered.lastTokenCounter == 5)
        #expect(recovered.epoch == 1)
        #expect(recovered.lastBootID == "boot-1")
    }

    /// A changed machine id loses nothing: it may have been made anew.
    @Test func anotherMachineIDIsTakenOver() throws {
        let first = try journal()
        try first.advanceEpoch(bootID: "boot-1")
        try first.commit([event(1, .requested(fullRequest)), event(1, .granted(token(5)))], at: second(1))
        first.close()
        var epoch: Int64 = 1
        for (before, id) in [("machine-1", "machine-2"), ("machine-2", ""), ("", "machine-3")] {
            var settings = directory.settings
            settings.machineID = id
            let next = try Journal.open(settings, now: second(200))
            let recovered = try next.recover()
            #expect(recovered.machineID == before && recovered.epoch == epoch && recovered.openRequests.count == 1)
            epoch += 1
            #expect(try next.advanceEpoch(bootID: "boot-1") == epoch)
            #expect(try next.recover().machineID == id)
            next.close()
        }
    }

    /// One commit for all events must leave the same state as one commit each.
    @Test(
        arguments: [
            [.queued(position: 2)],
            [.awaitingCreation],
            [.awaitingCreation, .queued(position: 1)],
            [.granted(token(1))],
            [
                .queued(position: 1), .granted(token(1)), .described(command: [[65], []]),
                .started(ProcessIdentity(pid: 3, startTime: 4)),
            ],
            [.granted(token(1)), .orphaned],
            [.granted(token(1)), .released(.exited(status: 3))],
            [.granted(token(1)), .released(.signalled(9))],
            [.granted(token(1)), .released(.notStarted)],
            [.granted(token(1)), .released(.unlocked(rollback: true))],
            [.granted(token(1)), .released(.unlocked(rollback: false))],
            [.granted(token(1)), .released(.disconnected), .described(command: [[66]])],
            [.refused(.busy)],
            [.refused(.unknownResource)],
            [.refused(.alreadyAsking)],
            [.queued(position: 1), .withdrawn(.hungUp)],
            [.queued(position: 1), .withdrawn(.timedOut)],
            [.queued(position: 1), .withdrawn(.unlocked)],
            [.queued(position: 1), .withdrawn(.cannotResume)],
            [.queued(position: 1), .withdrawn(.gone(.processesEnded([ProcessIdentity(pid: 1, startTime: 2)])))],
            [
                .granted(token(1)),
                .reclaimed(.processesEnded([ProcessIdentity(pid: 1, startTime: 2), ProcessIdentity(pid: 3, startTime: 4)])),
            ],
            [.granted(token(1)), .reclaimed(.hostRebooted(from: "a", to: "b"))],
        ] as [[Event.Kind]])
    func aBatchIsTheSumOfItsEvents(kinds: [Event.Kind]) throws {
        let entries = [event(1, .requested(fullRequest))] + kinds.map { event(1, $0) }
        let other = TemporaryDirectory()
        let (whole, pieces) = (try journal(), try Journal.open(other.settings, now: second(100)))
        for each in [whole, pieces] { try each.advanceEpoch(bootID: "boot-1") }
        try whole.commit(entries, at: second(1))
        for entry in entries { try pieces.commit([entry], at: second(1)) }

        let (wholeReader, piecesReader) = (
            try JournalReader.open(path: directory.journal), try JournalReader.open(path: other.journal)
        )
        #expect(try wholeReader.rows() == piecesReader.rows())
        #expect(try wholeReader.openRequests() == piecesReader.openRequests())
        #expect(try whole.recover().openRequests == wholeReader.openRequests())
        #expect(try wholeReader.rows().count == 1)
        #expect(whole.lastEventNumber == Int64(entries.count))
        #expect(try wholeReader.verify().firstBad == nil && piecesReader.verify().firstBad == nil)
        let isOpen = try wholeReader.rows()[0].endedAt == nil
        #expect(try wholeReader.openRequests().count == (isOpen ? 1 : 0))
    }

    @Test func openRequestsComeByNumber() throws {
        let first = try journal()
        try first.commit([3, 1, 2, 5].map { event($0, .requested(request())) }, at: second(1))
        try first.commit([event(2, .refused(.busy))], at: second(2))
        let recovered = try first.recover()
        #expect(recovered.openRequests.map(\.id.number) == [1, 3, 5])
        #expect(recovered.nextRequestNumber == 6)
    }

    @Test func theEpochGrowsAndDoesNotWrap() throws {
        let first = try journal()
        try first.advanceEpoch(bootID: "boot-1")
        try first.advanceEpoch(bootID: "boot-1")
        #expect(try first.recover().epoch == 2)
        try first.database.execute("UPDATE journal SET epoch = 65535")
        #expect(journalError { try first.advanceEpoch(bootID: "boot-9") }?.kind == .epochExhausted)
        #expect(try first.recover().epoch == 65_535)
        #expect(try first.recover().lastBootID == "boot-1")
    }

    /// Boot times of an earlier boot mean nothing: ages count from the restart, durations by the wall clock.
    @Test func afterAReboot() throws {
        let first = try journal()
        try first.advanceEpoch(bootID: "boot-1")
        try first.commit([event(1, .requested(request())), event(1, .queued(position: 1))], at: second(5000))
        try first.commit([event(2, .requested(request("R2"))), event(2, .granted(token(1)))], at: second(5001))
        try first.commitLives(3...3)
        first.close()

        var settings = directory.settings
        settings.bootID = "boot-2"
        let restart = Moment(boottime: second(30).boottime, wallMicroseconds: second(6000).wallMicroseconds)
        let reopened = try Journal.open(settings, now: restart)
        for _ in 1...2 {
            let open = try reopened.recover().openRequests
            #expect(open.map(\.askedAt) == [restart.boottime, restart.boottime])
            #expect(open.map(\.queuedAt) == [restart.boottime, nil])
            #expect(open.map(\.grantedAt) == [nil, restart.boottime])
            if try reopened.recover().epoch == 1 { try reopened.advanceEpoch(bootID: "boot-2") }
        }
        #expect(try reopened.recover().epoch == 2)

        let end = Moment(boottime: second(31).boottime, wallMicroseconds: second(6001).wallMicroseconds)
        try reopened.commit(
            [
                .daemonStarted(.init(pid: 1, bootID: "boot-2", version: "1", endpoint: "/s")), event(1, .withdrawn(.hungUp)),
                event(2, .reclaimed(.hostRebooted(from: "boot-1", to: "boot-2"))),
            ], at: end)
        let rows = try JournalReader.open(path: directory.journal).rows()
        #expect(rows.map(\.waitedNanoseconds) == [1_001_000_000_000, 0, 0])
        #expect(rows.map(\.heldNanoseconds) == [nil, 1_000_000_000_000, 0])
        #expect(try JournalReader.open(path: directory.journal).verify().firstBad == nil)
    }

    /// A daemon that is killed before its first commit has recorded its boot. The newest event is of the boot before, and its
    /// time on the boot clock proves nothing about the new boot.
    @Test(arguments: [false, true])
    func aBootIsSeenOnlyUntilItsOwnEvents(_ hasGranted: Bool) throws {
        func open(_ boot: String, at boottime: Int64, wall: Int64) throws -> Journal {
            var settings = directory.settings
            settings.bootID = boot
            let opened = try Journal.open(settings, now: stamp(boottime, wall: wall))
            if try opened.recover().mayBeOfAnotherBoot || boot == "boot-1" { try opened.advanceEpoch(bootID: boot) }
            _ = try opened.useView(ProcessView(bootID: boot, pidNamespace: 1, boottimeOffsetNanoseconds: 0))
            return opened
        }
        var local = request()
        local.client.isLocal = true
        let first = try open("boot-1", at: 4999, wall: 4999)
        let newest = FencingToken(epoch: 1, counter: 1)
        try first.commit([event(1, .requested(local)), event(1, .granted(newest))], at: second(5000))
        first.close()

        // After a reboot, in a container that shows a boot id of its own.
        let next = try open("boot-2", at: 10, wall: 6000)
        if hasGranted {
            let token = FencingToken(epoch: 2, counter: 2)
            try next.commit([event(2, .requested(local)), event(2, .granted(token))], at: stamp(11, wall: 6001))
        }
        next.close()
        let third = try open("another", at: 20, wall: 6010)
        let seen = try third.database.integer("SELECT seen_until FROM process_view WHERE boot_id = 'boot-2'")
        #expect(seen == (hasGranted ? stamp(11, wall: 6001).boottime.nanoseconds : nil))
        #expect(try third.recover().openRequests.first?.bootSeenUntil == stamp(5000, wall: 0).boottime)
    }

    private func stamp(_ boottime: Int64, wall: Int64) -> Moment {
        Moment(boottime: second(boottime).boottime, wallMicroseconds: second(wall).wallMicroseconds)
    }

    /// The work of the query behind recovery, counted by SQLite itself.
    @Test func recoveryDoesNotReadHistory() throws {
        let first = try journal()
        try first.commit((1...5).map { event($0, .requested(request())) }, at: second(1))
        func work() throws -> Int32 {
            let open = try Statement(
                connection: #require(first.database.connection), path: "", sql: OpenRequestRow.query(first.database))
            var count = 0
            while try open.step() { count += 1 }
            #expect(count == 5)
            defer { open.finalize() }
            return open.machineSteps
        }
        try first.commitLives(6...1000)
        let before = try work()
        try first.commitLives(1001...4000)
        #expect(try work() == before)
        let plan = try first.database.statement("EXPLAIN QUERY PLAN " + OpenRequestRow.query(first.database))
        try #require(try plan.step())
        #expect(plan.text(3) == "SEARCH request USING INTEGER PRIMARY KEY (rowid=?)")
        plan.reset()
    }

    @Test func storedNonsenseIsCorruption() throws {
        let first = try journal()
        try first.commit([event(1, .requested(request()))], at: second(1))
        for damage in [
            "UPDATE request SET outcome = 'held'", "UPDATE request SET outcome = 'released'", "UPDATE resource SET name = x'00'",
        ] {
            try first.database.execute("SAVEPOINT s; " + damage)
            #expect(journalError { _ = try first.recover() }?.kind == .corrupt, "\(damage)")
            try first.database.execute("ROLLBACK TO s; RELEASE s")
        }
        #expect(try first.recover().openRequests.count == 1)
    }
}
