import FlomReports
import FlomStore
import Testing

/// The findings of `--doctor`, one line each.
@Suite struct DoctorTests {
    private static let me: UInt32 = 1000
    private static func file(_ kind: FileFacts.Kind, _ owner: UInt32, _ mode: UInt32) -> FileFacts {
        FileFacts(kind, owner: owner, ownerName: owner == 0 ? "root" : owner == me ? "me" : "eve", mode: mode)
    }
    private static let sticky = file(.directory, 0, 0o1777)

    @Test func aLineAndAnObject() {
        let finding = DoctorFinding(.warning, .socket, "/run/\u{1B}s", "is \"open\"", advice: "chmod 600")
        #expect(finding.line == "warning  socket /run/\u{FFFD}s: is \"open\" -> chmod 600")
        #expect(DoctorFinding(.ok, .processes, "", "fine").line == "ok       processes: fine")
        #expect(
            DoctorFinding(.note, .daemon, "", "is \"open\"", advice: nil).json
                == #"{"level":"note","check":"daemon","found":"is \"open\""}"#)
    }

    @Test(
        arguments: [
            (nil, .nobody, true, .ok, nil), (file(.socket, me, 0o600), .somebody, true, .ok, nil),
            (file(.socket, me, 0o666), .somebody, false, .ok, nil),
            (file(.socket, me, 0o666), .somebody, true, .warning, "chmod 600 /s"),
            (file(.file, me, 0o600), .unreachable("no"), false, .problem, "--socket-name"),
            (file(.socket, 66, 0o666), .unreachable("no"), true, .problem, "have it removed"),
            (file(.socket, me, 0o600), .nobody, true, .note, "the next daemon replaces it"),
            (file(.socket, 66, 0o666), .nobody, false, .problem, "eve or root has to remove it"),
            (file(.socket, 66, 0o600), .unreachable("no"), false, .problem, "--socket-mode 666"),
            (file(.socket, me, 0o666), .unreachable("no"), false, .problem, "stopped"),
        ] as [(FileFacts?, SocketJudgement.Listener, Bool, DoctorFinding.Level, String?)])
    func sockets(
        file: FileFacts?, listener: SocketJudgement.Listener, isDefault: Bool, level: DoctorFinding.Level, advice: String?
    ) {
        let finding = SocketJudgement.of(
            "/s", file: file, listener: listener, user: Self.me, isDefault: isDefault, directory: Self.sticky)
        expect(finding, level, advice)
    }

    @Test func directoriesOfSockets() {
        expect(SocketJudgement.of(directory: "/d", Self.sticky), .ok, nil)
        expect(SocketJudgement.of(directory: "/d", Self.file(.directory, 0, 0o777)), .warning, "chmod +t /d")
        expect(SocketJudgement.of(directory: "/d", nil), .problem, "make it")
    }

    @Test func systemCalls() {
        expect(MachineJudgement.calls(pidfd: nil, hasCloseRange: true), .ok, nil)
        let old = MachineJudgement.calls(pidfd: "Function not implemented", hasCloseRange: false)
        expect(old, .note, "newer kernel")
        #expect(old.found.contains("no pidfd_open (Function not implemented)") && old.found.contains("no close_range"))
        #expect(!MachineJudgement.calls(pidfd: nil, hasCloseRange: false).found.contains("pidfd"))
    }

    @Test func configurationFiles() {
        func judge(_ file: FileFacts?, _ failure: String? = nil, _ mistakes: [String] = [], named: Bool = false)
            -> [DoctorFinding]
        {
            ConfigurationJudgement.of("/c", file: file, failure: failure, mistakes: mistakes, isNamed: named, user: Self.me)
        }
        let mine = Self.file(.file, Self.me, 0o644)
        expect(judge(nil)[0], .ok, nil)
        expect(judge(mine)[0], .ok, nil)
        expect(judge(mine, "Permission denied")[0], .problem, "make it readable")
        expect(judge(mine, nil, ["/c:3: what"])[0], .warning, "pass over it")
        expect(judge(mine, nil, ["/c:3: what"], named: true)[0], .problem, "ends every command")
        expect(judge(Self.file(.file, 66, 0o644))[0], .warning, "chown")
        expect(judge(Self.file(.file, 0, 0o664))[0], .warning, "chmod go-w /c")
        #expect(judge(Self.file(.file, 66, 0o666), nil, ["one", "two"]).count == 4)
    }

    @Test func starting() {
        func judge(_ change: (inout StartJudgement.Facts) -> Void) -> DoctorFinding {
            var facts = StartJudgement.Facts()
            change(&facts)
            return StartJudgement.of("/s.record", facts, user: Self.me)
        }
        expect(judge { _ in }, .ok, nil)
        expect(judge { ($0.isTaken, $0.process, $0.failure) = (true, 7, "x") }, .ok, nil)
        expect(judge { $0.isForbidden = true }, .note, nil)
        expect(judge { $0.failure = "no" }, .problem, "make the directory writable")
        expect(judge { $0.record = Self.file(.file, 66, 0o644) }, .problem, "have eve or root start it")
    }

    @Test func theMachine() {
        expect(MachineJudgement.machineID("0"), .ok, nil)
        expect(MachineJudgement.machineID(nil), .warning, "systemd-machine-id-setup")
        for (groups, level) in [
            (["/", "/flom", "/user.slice/user-7.slice/user@7.service/flom"], nil), (["/system.slice/ci.service"], .warning),
            (["/", "/system.slice/docker.service/job/7"], .warning), (["/user.slice/run-7.scope"], .warning),
            (["/user.slice/user-7.slice/session-3.scope"], .note), (["/docker/4711"], .note), (["/init.scope"], .note),
        ] as [([String], DoctorFinding.Level?)] {
            let finding = ControlGroupJudgement.of(daemon: 47, in: groups, place: "/s")
            #expect(finding?.level == level && finding?.advice?.contains("docs/service.md") != false, "\(groups)")
            if let last = groups.last, level != nil { #expect(finding?.found.contains("'\(last)'") == true) }
        }
        expect(MachineJudgement.bootID(nil), .problem, "mount /proc")
        #expect(MachineJudgement.clones(nil) == nil && MachineJudgement.clones(0) == nil)
        #expect(MachineJudgement.clones(2).map { $0.level == .warning && $0.found.contains("2 machine ids") } == true)
        expect(MachineJudgement.wallClock(year: 1970, releaseYear: 2026, isSynchronized: true), .problem, "set the clock")
        expect(MachineJudgement.wallClock(year: 2026, releaseYear: 2026, isSynchronized: true), .ok, nil)
        expect(MachineJudgement.wallClock(year: 2026, releaseYear: 2026, isSynchronized: nil), .ok, nil)
        expect(MachineJudgement.wallClock(year: 2026, releaseYear: 2026, isSynchronized: false), .note, "chrony")
        expect(MachineJudgement.bootClock(nanoseconds: 5, monotonic: 4, offset: 0), .ok, nil)
        expect(MachineJudgement.bootClock(nanoseconds: 3, monotonic: 4, offset: 0), .problem, "sandbox")
        expect(MachineJudgement.bootClock(nanoseconds: 5, monotonic: 4, offset: 1), .warning, "same time namespace")
    }

    @Test func processNumbers() {
        func judge(_ change: (inout MachineJudgement.ProcessNumbers) -> Void) -> DoctorFinding {
            var facts = MachineJudgement.ProcessNumbers()
            change(&facts)
            return MachineJudgement.processes(facts)
        }
        expect(judge { $0.daemon = 7 }, .ok, nil)
        expect(judge { $0.isInitial = false }, .ok, nil)
        expect(judge { $0.daemon = 0 }, .note, "inherit")
        expect(judge { $0.seesOthers = false }, .note, "as root")
        expect(judge { $0.isProcRight = false }, .problem, "/proc")
    }

    @Test func limits() {
        expect(LimitJudgement.descriptors(nil), .ok, nil)
        expect(LimitJudgement.descriptors(1024), .ok, nil)
        expect(LimitJudgement.descriptors(1023), .warning, "ulimit -n 1024")
        expect(LimitJudgement.descriptors(64, isLifted: true), .ok, nil)
        #expect(LimitJudgement.burdens([]).isEmpty)
        expect(LimitJudgement.burdens(["5 s of processor time"])[0], .warning, "flom --foreground")
        expect(LimitJudgement.fileSize(nil, journal: 1 << 40), .ok, nil)
        expect(LimitJudgement.fileSize(1 << 30, journal: 1 << 20), .warning, "ulimit -f")
        expect(LimitJudgement.fileSize(1 << 30, journal: 1 << 30), .problem, "ulimit -f")
        #expect(
            [0, 1023, 1024, 1536, 10_240, 1 << 40].map(ByteText.of) == [
                "0 B", "1023 B", "1.0 KiB", "1.5 KiB", "10 KiB", "1.0 TiB",
            ])
    }

    @Test func journalsAndTheirPlaces() {
        func place(_ change: (inout JournalJudgement.Location) -> Void) -> [DoctorFinding] {
            var place = JournalJudgement.Location()
            (place.directoryPath, place.free) = ("/d", 1 << 30)
            change(&place)
            return JournalJudgement.of(place, user: Self.me)
        }
        expect(place { _ in }[0], .ok, nil)
        expect(place { $0.failure = "no" }[0], .problem, "--journal")
        expect(place { $0.directory = Self.file(.directory, Self.me, 0o777) }[0], .warning, "chmod 700 /d")
        expect(place { $0.unsuitableFileSystem = "NFS" }[0], .problem, "local file system")
        expect(place { $0.passingFileSystem = "tmpfs" }[0], .note, "--journal")
        expect(place { $0.free = 50 << 20 }[0], .warning, "make room")
        expect(place { $0.free = 1000 }[0], .problem, "make room")

        func file(_ owner: UInt32, _ mode: UInt32, log: UInt64 = 0) -> [DoctorFinding] {
            JournalJudgement.of("/j", file: Self.file(.file, owner, mode), log: log, user: Self.me)
        }
        #expect(file(Self.me, 0o600).isEmpty)
        expect(file(66, 0o600)[0], .note, nil)
        expect(file(Self.me, 0o622)[0], .problem, "--verify")
        expect(file(Self.me, 0o644)[0], .note, "chmod 600 /j")
        expect(file(Self.me, 0o600, log: 65 << 20)[0], .warning, "fuser")

        let well = JournalSummary(version: 8, lastEvent: 9, checkedEvents: 8, firstBad: nil)
        expect(JournalJudgement.of("/j", well, log: 0), .ok, nil)
        let bad = JournalSummary(version: 8, lastEvent: 9, checkedEvents: 8, firstBad: 4)
        expect(JournalJudgement.of("/j", bad, log: 0), .problem, "--verify")
        expect(JournalJudgement.missing("/j", isRecorded: false), .ok, nil)
        expect(JournalJudgement.missing("/j", isRecorded: true), .problem, "bring it back")
    }

    @Test func names() {
        func judge(_ name: String, loopback: Bool, literal: Bool = false) -> DoctorFinding {
            NetworkJudgement.name(name, addresses: ["127.0.1.1"], isLoopback: loopback, isLiteral: literal)
        }
        expect(judge("mojan", loopback: false), .ok, nil)
        expect(judge("mojan", loopback: true), .warning, "address of a network interface")
        expect(judge("localhost", loopback: true), .ok, nil)
        expect(judge("127.0.1.1", loopback: true, literal: true), .ok, nil)
    }

    @Test func multicastOnAnInterface() {
        func judge(_ change: (inout NetworkJudgement.Interface) -> Void) -> DoctorFinding {
            var interface = NetworkJudgement.Interface("eth0")
            interface.isHeard = true
            change(&interface)
            return NetworkJudgement.multicast(interface, group: "239.255.0.1", port: 28015)
        }
        expect(judge { _ in }, .ok, nil)
        expect(judge { $0.isCapable = false }, .warning, "ip link set eth0 multicast on")
        expect(judge { $0.sendFailure = "no route" }, .problem, "ip route")
        expect(
            judge { ($0.sendFailure, $0.isForbidden) = ("not permitted", true) }, .problem,
            "a firewall forbids it: let UDP port 28015")
        expect(judge { $0.joinFailure = "in use" }, .warning, "ss -ulpn")
        expect(judge { $0.isHeard = false }, .problem, "nft list ruleset")
        #expect(judge { $0.isHeard = false }.found.contains("drops multicast silently"))
    }

    @Test func multicastGroups() {
        func judge(_ answers: [String], known: String? = nil) -> DoctorFinding {
            NetworkJudgement.group("239.255.0.1", port: 28015, answers: answers, hasHeard: true, known: known)
        }
        expect(judge(["192.168.1.2"]), .ok, nil)
        expect(judge(["192.168.1.2", "192.168.1.4"]), .warning, "end all but one")
        expect(judge([]), .note, "give -a HOST")
        expect(judge([], known: "mojan port 28015"), .problem, "IGMP snooping")
    }

    @Test func filesOfTLS() {
        let day: Int64 = 86_400_000_000
        func expiry(_ days: Int64) -> DoctorFinding {
            TLSJudgement.expiry("/c", subject: "CN=x", endsAt: noon + days * day, now: noon)
        }
        expect(expiry(31), .ok, nil)
        expect(expiry(29), .warning, "renew it")
        expect(expiry(0), .problem, "renew it")
        expect(TLSJudgement.key("/k", Self.file(.file, Self.me, 0o600), user: Self.me), .ok, nil)
        expect(TLSJudgement.key("/k", Self.file(.file, Self.me, 0o640), user: Self.me), .warning, "chmod 600 /k")
        #expect(TLSJudgement.identity("/c", commonName: "a", machineID: "a", isChecked: true) == nil)
        #expect(TLSJudgement.identity("/c", commonName: "a", machineID: "b", isChecked: true)?.level == .warning)
        #expect(TLSJudgement.identity("/c", commonName: nil, machineID: "b", isChecked: false)?.level == .note)
    }

    private func expect(
        _ finding: DoctorFinding, _ level: DoctorFinding.Level, _ advice: String?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(finding.level == level, "\(finding)", sourceLocation: sourceLocation)
        guard let advice else {
            #expect(finding.advice == nil, sourceLocation: sourceLocation)
            return
        }
        #expect(finding.advice?.contains(advice) == true, "\(finding)", sourceLocation: sourceLocation)
    }
}
