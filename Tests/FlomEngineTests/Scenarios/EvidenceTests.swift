import FlomEngine
import FlomModel
import Testing

@Suite struct ProcessViewTests {
    static let own = ProcessView(bootID: "a", pidNamespace: 1, boottimeOffsetNanoseconds: 0)

    @Test func numbersMeanTheSameOnlyWhereEverythingIsKnownAndEqual() {
        #expect(Self.own.countsAlike(Self.own))
        let others: [(inout ProcessView) -> Void] = [
            { $0.bootID = "b" }, { $0.bootID = nil }, { $0.pidNamespace = 2 }, { $0.pidNamespace = nil },
            { $0.boottimeOffsetNanoseconds = 1 }, { $0.boottimeOffsetNanoseconds = nil },
        ]
        for change in others {
            var other = Self.own
            change(&other)
            #expect(!Self.own.countsAlike(other) && !other.countsAlike(Self.own), "\(other)")
            // Two daemons that do not know are no daemons in one place.
            if !other.isComplete { #expect(!other.countsAlike(other), "\(other)") }
        }
    }
}

@Suite struct BootEvidenceTests {
    private struct Row {
        let recorded: String?, own: String?
        let seen: Int64?, now: Int64
        var offsets: (Int64?, Int64?) = (0, 0)
        let isReboot: Bool
    }

    @Test func aRebootIsEvidenceThatAgrees() {
        let rows = [
            Row(recorded: "a", own: "b", seen: 100, now: 99, isReboot: true),
            Row(recorded: "a", own: "b", seen: 100, now: 99, offsets: (5, -5), isReboot: true),
            // Another id on a host that runs on.
            Row(recorded: "a", own: "b", seen: 100, now: 100, isReboot: false),
            Row(recorded: "a", own: "b", seen: 100, now: 101, isReboot: false),
            Row(recorded: "a", own: "b", seen: nil, now: 1, isReboot: false),
            // Unknown is never different.
            Row(recorded: nil, own: "b", seen: 100, now: 1, isReboot: false),
            Row(recorded: "a", own: nil, seen: 100, now: 1, isReboot: false),
            Row(recorded: nil, own: nil, seen: 100, now: 1, isReboot: false),
            // One id, and a clock that goes back: no clock says more than the kernel's own word.
            Row(recorded: "a", own: "a", seen: 100, now: 1, isReboot: false),
            // A clock that a time namespace may have shifted.
            Row(recorded: "a", own: "b", seen: 100, now: 99, offsets: (nil, 0), isReboot: false),
            Row(recorded: "a", own: "b", seen: 100, now: 99, offsets: (0, nil), isReboot: false),
        ]
        for row in rows {
            let found = BootEvidence.provesReboot(
                recorded: ProcessView(bootID: row.recorded, pidNamespace: 1, boottimeOffsetNanoseconds: row.offsets.0),
                seenUntil: row.seen.map { Instant(nanoseconds: $0) },
                own: ProcessView(bootID: row.own, pidNamespace: 1, boottimeOffsetNanoseconds: row.offsets.1),
                now: Instant(nanoseconds: row.now))
            #expect(found == row.isReboot, "\(row)")
        }
    }

    private static func moment(_ boottimeSeconds: Int64, wallSeconds: Int64) -> Moment {
        Moment(boottime: Instant(nanoseconds: boottimeSeconds * 1_000_000_000), wallMicroseconds: wallSeconds * 1_000_000)
    }

    @Test(
        arguments: [
            ("a", "a", 100, 1100, 50, 5000, false), ("a", "b", 100, 1100, 101, 1101, true),
            // Without ids the two clocks have to have run on together.
            (nil, "a", 100, 1100, 200, 1200, false), ("a", nil, 100, 1100, 200, 1201, false),
            (nil, nil, 100, 1100, 200, 1203, true), (nil, nil, 100, 1100, 200, 1197, true), (nil, nil, 100, 1100, 99, 1099, true),
        ] as [(String?, String?, Int64, Int64, Int64, Int64, Bool)])
    func whatMustNotBeOneBootByMistake(
        recorded: String?, own: String?, last: Int64, lastWall: Int64, now: Int64, wall: Int64, may: Bool
    ) {
        #expect(
            BootEvidence.mayHaveRebooted(
                recorded: recorded, last: Self.moment(last, wallSeconds: lastWall), own: own,
                now: Self.moment(now, wallSeconds: wall)) == may)
    }

    /// The ages of those who wait go on, whatever id a container shows.
    @Test(
        arguments: [
            ("a", "a", 100, 1100, 50, 9000, false), ("a", "b", 100, 1100, 160, 1160, false),
            ("a", "b", 100, 1100, 160, 1163, true),
            ("a", "b", 100, 1100, 50, 1200, true), (nil, "b", 100, 1100, 160, 1160, false),
            (nil, nil, 100, 1100, 160, 1300, true),
        ] as [(String?, String?, Int64, Int64, Int64, Int64, Bool)])
    func whenTheClockIsAnotherOne(
        recorded: String?, own: String?, last: Int64, lastWall: Int64, now: Int64, wall: Int64, isAnother: Bool
    ) {
        #expect(
            BootEvidence.clockHasBegunAnew(
                recorded: recorded, last: Self.moment(last, wallSeconds: lastWall), own: own,
                now: Self.moment(now, wallSeconds: wall)) == isAnother)
    }

    @Test func withoutAnyEventNothingIsKnown() {
        let now = Self.moment(1, wallSeconds: 1)
        #expect(BootEvidence.mayHaveRebooted(recorded: nil, last: nil, own: "a", now: now))
        #expect(!BootEvidence.mayHaveRebooted(recorded: "a", last: nil, own: "a", now: now))
    }
}

@Suite struct HolderEvidenceTests {
    private struct Row {
        var pid: Int32? = 7
        var isLocal = true, isOverNetwork = false, isSeenAlike = true, isHeld = true, isLeaseless = false
        let means: HolderEvidence.Means
    }

    @Test func byWhatARequestIsFollowed() {
        let rows = [
            Row(means: .numbers), Row(isHeld: false, means: .numbers), Row(isLeaseless: true, means: .numbers),
            Row(isOverNetwork: true, means: .numbers), Row(isOverNetwork: true, isLeaseless: true, means: .numbers),
            // Seen from elsewhere.
            Row(isSeenAlike: false, means: .livenessPipe), Row(isSeenAlike: false, isLeaseless: true, means: .livenessPipe),
            Row(isSeenAlike: false, isHeld: false, means: .time),
            Row(isOverNetwork: true, isSeenAlike: false, means: .time),
            Row(isOverNetwork: true, isSeenAlike: false, isLeaseless: true, means: .nobody),
            Row(isOverNetwork: true, isSeenAlike: false, isHeld: false, isLeaseless: true, means: .time),
            // Not seen at all.
            Row(pid: 0, means: .livenessPipe), Row(pid: nil, means: .livenessPipe), Row(pid: 0, isHeld: false, means: .time),
            Row(pid: nil, isOverNetwork: true, means: .time),
            // On another host.
            Row(pid: nil, isLocal: false, isOverNetwork: true, means: .time),
            Row(pid: nil, isLocal: false, isOverNetwork: true, isSeenAlike: false, means: .time),
            Row(pid: nil, isLocal: false, isOverNetwork: true, isLeaseless: true, means: .nobody),
            Row(pid: nil, isLocal: false, isOverNetwork: true, isHeld: false, isLeaseless: true, means: .time),
        ]
        for row in rows {
            let found = HolderEvidence.Means(
                client: row.pid.map { ProcessIdentity(pid: $0, startTime: 1) }, isLocal: row.isLocal,
                isOverNetwork: row.isOverNetwork, isSeenAlike: row.isSeenAlike, isHeld: row.isHeld, isLeaseless: row.isLeaseless)
            #expect(found == row.means, "\(row)")
        }
    }

    private func evidence(
        _ means: HolderEvidence.Means, isHeld: Bool = true, _ client: HolderEvidence.Sight = .gone,
        _ command: HolderEvidence.Sight = .unknown, _ search: HolderEvidence.Search = .due,
        _ livenessPipe: HolderEvidence.LivenessPipe = .none, hasRebooted: Bool = false
    ) -> HolderEvidence {
        var evidence = HolderEvidence(means, isHeld: isHeld)
        (evidence.client, evidence.command, evidence.search, evidence.livenessPipe) = (client, command, search, livenessPipe)
        evidence.hasRebooted = hasRebooted
        return evidence
    }

    @Test func whatNumbersProve() {
        let rows: [(HolderEvidence, HolderEvidence.Verdict)] = [
            (evidence(.numbers, .mayLive), .stands), (evidence(.numbers, .unknown), .stands),
            (evidence(.numbers, .mayLive, .gone, .foundNobody, .ended), .stands),
            (evidence(.numbers, isHeld: false, .gone), .processesEnded), (evidence(.numbers, isHeld: false, .mayLive), .stands),
            (evidence(.numbers, .gone, .gone), .processesEnded),
            (evidence(.numbers, .gone, .gone, .due, .alive), .processesEnded),
            (evidence(.numbers, .gone, .mayLive), .orphaned), (evidence(.numbers, .gone, .mayLive, .due, .ended), .orphaned),
            (evidence(.numbers, .gone, .unknown), .search), (evidence(.numbers, .gone, .unknown, .due, .ended), .search),
            (evidence(.numbers, .gone, .unknown, .foundNobody), .processesEnded),
            (evidence(.numbers, .gone, .unknown, .foundNobodyReadable), .orphaned),
            (evidence(.numbers, .gone, .unknown, .foundNobody, .alive), .orphaned),
            (evidence(.numbers, .gone, .unknown, .foundNobody, .ended), .livenessPipeEnded),
            (evidence(.numbers, .gone, .unknown, .foundNobodyReadable, .ended), .livenessPipeEnded),
        ]
        for (evidence, verdict) in rows { #expect(evidence.verdict == verdict, "\(evidence)") }
    }

    /// Whatever the numbers of another place look like.
    @Test func elsewhereOnlyTheLivenessPipeProvesAnything() {
        for client in [HolderEvidence.Sight.unknown, .mayLive, .gone] {
            for command in [HolderEvidence.Sight.unknown, .mayLive, .gone] {
                for search in [HolderEvidence.Search.due, .foundNobody, .foundNobodyReadable] {
                    for means in [HolderEvidence.Means.livenessPipe, .time, .nobody] {
                        for livenessPipe in [HolderEvidence.LivenessPipe.none, .alive, .ended] {
                            let evidence = evidence(means, client, command, search, livenessPipe)
                            let isProven = means == .livenessPipe && livenessPipe == .ended
                            #expect(evidence.verdict == (isProven ? .livenessPipeEnded : .stands), "\(evidence)")
                        }
                    }
                }
            }
        }
    }

    @Test func aRebootEndsEverythingButWhatIsAlive() {
        for means in [HolderEvidence.Means.numbers, .livenessPipe, .time, .nobody] {
            #expect(evidence(means, hasRebooted: true).verdict == .hostRebooted)
            #expect(evidence(means, .gone, .unknown, .due, .ended, hasRebooted: true).verdict == .hostRebooted)
            #expect(evidence(means, .mayLive, .unknown, .due, .alive, hasRebooted: true).verdict != .hostRebooted)
        }
    }
}
