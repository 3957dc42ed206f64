import FlomTestKit
import Foundation
import Testing

/// How the files of `-m` come and go, and what is said where they cannot be had.
@Suite(.enabled(if: StatusFilesWorld.isPossible, "needs root and FUSE")) struct StatusFilesLifeTests {
    /// How a daemon ends, and whether a reader has a file and the directory open.
    @Test(arguments: ["idle", "-x", "-X", "TERM", "INT"], [false, true])
    func theyGoWithTheDaemon(way: String, hasReader: Bool) async throws {
        let world = try StatusFilesWorld(directory: "files of flom")
        defer { world.close() }
        let pid = try await world.startDaemon("-d", way == "idle" ? "300" : "60000")
        let file = hasReader ? open(world.place + "/status.json", O_RDONLY) : -1
        let directory = hasReader ? open(world.place, O_RDONLY | O_DIRECTORY) : -1
        defer { if hasReader { for descriptor in [file, directory] { close(descriptor) } } }
        switch way {
        case "idle": break
        case "TERM": kill(pid, SIGTERM)
        case "INT": kill(pid, SIGINT)
        default: #expect(try await world.box.flom(way).status == 0)
        }
        try await eventually("daemon \(pid) is gone") { !ProcessTable.isAlive(pid) }
        #expect(world.isClean, "\(world.mounts)")
        #expect(rmdir(world.place) == 0)
    }

    /// A killed daemon leaves a dead mount. The next one, which goes on with its locks, replaces it.
    @Test func whatAKilledDaemonLeftIsReplaced() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let holder = try await world.box.hold("db")
        holder.process.send(SIGSTOP)
        try await world.box.killDaemon()
        errno = 0
        #expect(open(world.place, O_RDONLY) == -1 && errno == ENOTCONN)
        let outcome = try await world.flom("-r", "other", "--", "true")
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(world.mounts.count == 1 && world.locker("db") != nil, "\(world.mounts)")
        holder.process.send(SIGCONT)
        try await holder.letGo()
    }

    /// The next daemon is started by whoever misses the killed one, and knows the directory from it.
    @Test func theNextDaemonKnowsTheDirectory() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let holder = try await world.box.hold("db")
        try await world.box.killDaemon()
        try await eventually("another daemon shows the holder") { world.locker("db") != nil }
        #expect(world.mounts.count == 1, "\(world.mounts)")
        try await holder.letGo()
    }

    @Test func aReplacedDaemonHandsTheDirectoryOver() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        let pid = try await world.startDaemon()
        let holder = try await world.box.hold("db")
        #expect(try await world.box.flom("--restart").status == 0)
        try await eventually("the successor shows the holder") {
            world.box.daemonPID != pid && world.locker("db") != nil && world.mounts.count == 1
        }
        try await holder.letGo()
    }

    @Test func inTheForegroundToo() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        let daemon = try world.box.startFlom("--foreground", "-m", world.place)
        try await eventually("it is mounted: \(daemon.errorsSoFar)") { world.isMounted && !world.names("").isEmpty }
        try await eventually("it says so") { daemon.errorsSoFar.contains("shows its state as files in '\(world.place)'") }
        #expect(try await world.box.flom("--restart").status == 0)
        try await eventually("it is mounted again") {
            daemon.errorsSoFar.components(separatedBy: "shows its state as files").count == 3
        }
        #expect(world.mounts.count == 1 && !world.names("").isEmpty, "\(world.mounts)")
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        #expect(world.isClean)
    }

    /// A daemon goes on without them when somebody takes them away.
    @Test func whoUnmountsThemEndsNothing() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        let pid = try await world.startDaemon()
        #expect(umount2(world.place, 0) == 0)
        #expect(try await world.flom("-r", "db", "--", "true").status == 0)
        #expect(world.box.daemonPID == pid && world.isClean)
        #expect(try await world.box.flom("-x").status == 0)
    }

    @Test func aRelativeDirectoryIsThatOfTheCommand() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        #expect(try await world.box.flom("-m", "files", "-r", "db", "--", "true").errors.isEmpty)
        #expect(world.names("") == ["status", "status.json"])
    }

    // MARK: - Where they cannot be had

    @Test func noDirectoryIsAMistake() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try Files.write("", to: world.box.path("file"))
        for (name, words) in [("nothing", "No such file or directory"), ("file", "Not a directory")] {
            let outcome = try await world.box.flom("-m", world.box.path(name), "-r", "db", "--", "echo", "ran")
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.hasSuffix("[-121]\n"), "\(outcome)")
            #expect(outcome.errors.contains("'\(world.box.path(name))'") && outcome.errors.contains(words), "\(outcome)")
        }
        #expect(world.box.daemonPID == nil)
    }

    /// What the starter's command is told, after which it runs with its lock.
    private func expectRun(_ outcome: Outcome, _ words: String) {
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(outcome.errors.contains("the state is not shown as files in") && outcome.errors.contains(words), "\(outcome)")
        #expect(outcome.errors.contains("locks are given all the same"), "\(outcome)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    }

    @Test func whatIsInTheWayIsSaid() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try Files.write("precious", to: world.place + "/file")
        expectRun(try await world.flom("-r", "db", "--", "echo", "ran"), "it is not empty")
        #expect(try await world.flom("-r", "db", "--", "true").errors.isEmpty, "only the starter is told")
        #expect(Files.text(of: world.place + "/file") == "precious" && !world.isMounted)
        #expect(try await world.box.flom("-x").status == 0)
        unlink(world.place + "/file")
        #expect(mount("none", world.place, "tmpfs", 0, "size=1m") == 0)
        expectRun(try await world.flom("-r", "db", "--", "echo", "ran"), "(tmpfs) is mounted there already")
    }

    @Test func twoDaemonsDoNotShareADirectory() async throws {
        let world = try StatusFilesWorld()
        defer { world.close() }
        try await world.startDaemon()
        let other = [world.box.program, "-s", world.box.path("t"), "--journal", world.box.path("journal2"), "-m", world.place]
        expectRun(try await world.box.run(other + ["-r", "db", "--", "echo", "ran"]), "another daemon shows its state there")
        #expect(try await world.box.run(other + ["-x"]).status == 0)
        #expect(world.mounts.count == 1 && world.names("") == ["status", "status.json"])
    }

    @Test(.enabled(if: Conditions.canUnshareProcesses, "needs unshare")) func whereFuseIsNotThereOneSentenceSaysSo() async throws
    {
        let world = try StatusFilesWorld()
        defer { world.close() }
        let script = "mount --bind /dev/null /dev/fuse && mount -o remount,bind,nodev /dev/fuse && exec \"$@\""
        let words = ["unshare", "-m", "sh", "-ec", script, "sh", world.box.program] + world.box.options
        expectRun(
            try await world.box.run(words + ["-m", world.place, "-r", "db", "--", "echo", "ran"]), "/dev/fuse cannot be opened")
    }

    /// `nobody`: fusermount3 serves no user without a name.
    private static let user: uid_t = 65534

    /// For users other than root, FUSE is a program's.
    @Test(
        .enabled(
            if: Conditions.canBecomeNobodyKnown && getpwuid(user) != nil && Conditions.hasProgram("fusermount3"),
            "needs setpriv, fusermount3 and the user nobody"))
    func otherUsersHaveTheirOwn() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        for name in ["own", "own/files"] {
            try Files.makeDirectory(box.path(name))
            #expect(chown(box.path(name), Self.user, Self.user) == 0)
        }
        let place = box.path("own/files")
        defer { umount2(place, Int32(MNT_DETACH)) }
        let flom = [box.program, "-s", box.path("own/s"), "--journal", box.path("own/journal"), "-d", "60000"]
        let words = Stranger.words(flom + ["-m", place, "-r", "db", "--", "ls", place], uid: Self.user)
        let outcome = try await box.run(words, environment: ["HOME": box.path("own")])
        #expect(outcome.status == 0 && outcome.output == "status\nstatus.json\n" && outcome.errors.isEmpty, "\(outcome)")
        // Not even for root.
        errno = 0
        #expect(open(place, O_RDONLY) == -1 && errno == EACCES)
        let end = try await box.run(Stranger.words(flom + ["-x"], uid: Self.user), environment: ["HOME": box.path("own")])
        #expect(end.status == 0, "\(end)")
        try await eventually("it is unmounted") { rmdir(place) == 0 }
    }
}
