import FlomTestKit
import Foundation
import Testing

/// Files of another user in a directory like `/tmp`, at the places of a daemon's files: none of them is used, followed or
/// changed, no process waits at them, and the user is told what lies there.
@Suite(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
struct PlantedFileTests {
    enum Plant: CaseIterable {
        case file, link, linkToNothing, fifo, directory, hardLink
    }

    /// The daemon's files, by the suffix of the socket's or the journal's name.
    static let places = ["s.record", "s.lock", "j", "j.lock", "j-wal", "j-shm"]
    private static let cases = places.flatMap { place in Plant.allCases.map { (place, $0) } }

    /// A directory in which everybody may make files, and a file that must not change.
    private struct World {
        let box: Sandbox
        var directory: String { box.path("public") }
        var precious: String { box.path("precious") }

        init(ownerOfPrecious: uid_t) throws {
            box = try Sandbox(isShared: true)
            try Files.makeDirectory(directory, mode: 0o1777)
            try Files.write("precious", to: precious, mode: 0o600)
            #expect(chown(precious, ownerOfPrecious, ownerOfPrecious) == 0)
        }

        func plant(_ plant: Plant, at path: String) throws {
            var result: Int32 = 0
            switch plant {
            case .file: try Files.write("", to: path, mode: 0o666)
            case .link: result = symlink(precious, path)
            case .linkToNothing: result = symlink(box.path("nothing"), path)
            case .fifo: result = mkfifo(path, 0o666)
            case .directory: try Files.makeDirectory(path, mode: 0o777)
            case .hardLink: result = link(precious, path)
            }
            #expect(result == 0)
            if plant != .hardLink { #expect(lchown(path, Stranger.other, Stranger.other) == 0) }
        }

        func words(_ more: String...) -> [String] {
            [box.program, "-s", directory + "/s", "--journal", directory + "/j", "-d", "60000"] + more
        }
    }

    @Test(arguments: cases) func anotherUsersFileIsNotUsed(place: String, plant: Plant) async throws {
        for victim in [Stranger.uid, 0] {
            let world = try World(ownerOfPrecious: victim)
            defer { world.box.close() }
            let path = world.directory + "/" + place
            try world.plant(plant, at: path)
            let (before, precious) = (try #require(Files.status(of: path)), try #require(Files.status(of: world.precious)))
            let outcome = try await world.box.run(Stranger.words(world.words("--", "echo", "ran"), uid: victim))
            #expect(outcome.status == 99 && outcome.output.isEmpty, "\(place), \(plant), uid \(victim): \(outcome)")
            #expect(outcome.errors.contains("'\(path)'") && outcome.errors.hasPrefix("flom: "), "\(outcome)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
            let (after, left) = (try #require(Files.status(of: path)), try #require(Files.status(of: world.precious)))
            #expect((after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size))
            #expect(left.st_mode == precious.st_mode && Files.text(of: world.precious) == "precious")
            #expect(!Files.exists(world.box.path("nothing")) && !Files.isSocket(world.directory + "/s"))
        }
    }

    /// The same without a planted file: so the tests above refuse the planted file and nothing else.
    @Test func ownFilesAreUsed() async throws {
        let world = try World(ownerOfPrecious: Stranger.uid)
        defer { world.box.close() }
        for _ in 1...2 {
            let outcome = try await world.box.run(Stranger.words(world.words("--", "echo", "ran")))
            #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
            _ = try await world.box.run(Stranger.words(world.words("-X")))
        }
    }

    /// Where there is no sticky bit, everybody may replace what others have made.
    @Test func aJournalIsNotPutWhereOthersMayReplaceIt() async throws {
        let world = try World(ownerOfPrecious: Stranger.uid)
        defer { world.box.close() }
        #expect(chmod(world.directory, 0o777) == 0)
        let outcome = try await world.box.run(
            Stranger.words([world.box.program, "-s", world.box.path("home/s"), "--journal", world.directory + "/j", "--", "true"])
        )
        #expect(outcome.status == 99 && outcome.errors.contains("any user may replace it"), "\(outcome)")
        #expect(Files.names(in: world.directory).isEmpty)
    }

    /// Root restarts a user's crashed daemon on that user's journal, but the user cannot send root to write elsewhere.
    @Test func rootGoesOnOnlyWithTheRecordOwnersJournal() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let place = box.path("theirs")
        try Files.makeDirectory(place)
        #expect(chown(place, Stranger.uid, Stranger.uid) == 0)
        let (socket, journal, other) = (place + "/s", place + "/j", box.path("roots"))
        let words = [box.program, "-s", socket, "-d", "60000"]
        #expect(try await box.run(Stranger.words(words + ["--journal", journal, "--", "true"])).status == 0)
        // A lock is held, so that the record counts.
        let gate = try box.gate("gate")
        #expect(chmod(gate.path, 0o666) == 0)
        let holder = try box.start(Stranger.words(words + ["-r", "R", "--", "cat", gate.path]))
        let record = socket + ".record"
        func pid() -> pid_t? { Files.text(of: record)?.firstMatch(of: #/\npid=(\d+)/#).flatMap { pid_t($0.1) } }
        try await eventually("it holds") {
            try await box.run(words + ["-r", "R", "-o", "0", "--", "true"]).status == 98
        }
        // Otherwise it would start the next daemon.
        holder.send(SIGSTOP)
        let daemon = try #require(pid())
        kill(daemon, SIGKILL)
        try await eventually("daemon \(daemon) is gone") { !ProcessTable.isAlive(daemon) }

        let genuine = try #require(Files.text(of: record))
        func rewrite(_ path: String) throws {
            let text = genuine.replacing("journal=\(journal)\n", with: "journal=\(path)\n")
            let handle = try #require(FileHandle(forWritingAtPath: record))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
        try Files.write("", to: other, mode: 0o600)
        try rewrite(other)
        let refused = try await box.run(words + ["-r", "R", "-o", "0", "--", "true"])
        #expect(refused.status == 99 && refused.errors.contains("root does not write there"), "\(refused)")
        #expect(Files.text(of: other) == "" && !Files.exists(other + ".lock"))

        try rewrite(journal)
        let busy = try await box.run(words + ["-r", "R", "-o", "0", "--", "true"])
        #expect(busy.status == 98, "\(busy)")
    }
}

/// Directories with well-known names that another user has made first.
@Suite(
    .serialized, .enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"),
    .enabled(if: !Files.exists("/var/tmp/flom-\(Stranger.other)"), "the place is in use"))
struct SquattedDirectoryTests {
    private static let place = "/var/tmp/flom-\(Stranger.other)"

    private static let squatters: [(uid_t, mode_t)] = [(Stranger.uid, 0o777), (Stranger.uid, 0o755), (Stranger.other, 0o777)]

    /// Owner, permissions.
    @Test(arguments: squatters)
    func isNotUsed(owner: uid_t, mode: mode_t) async throws {
        let box = try Sandbox(isShared: true)
        try Files.makeDirectory(Self.place, mode: mode)
        defer {
            box.close()
            try? FileManager.default.removeItem(atPath: Self.place)
        }
        #expect(chown(Self.place, owner, owner) == 0)
        let nowhere = ["XDG_STATE_HOME": "", "HOME": box.path("nowhere")]
        for words in [["-s", box.path("home/s")], ["-a", "127.0.0.1", "-p", "\(try FreePort.find())"]] {
            let outcome = try await box.run(
                Stranger.words([box.program] + words + ["--", "echo", "ran"], uid: Stranger.other), environment: nowhere)
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains(Self.place), "\(outcome)")
        }
        #expect(Files.names(in: Self.place).isEmpty)
    }

    @Test func aLinkOfAnotherUserIsNotFollowed() async throws {
        let box = try Sandbox(isShared: true)
        #expect(symlink(box.path("home"), Self.place) == 0 && lchown(Self.place, Stranger.uid, Stranger.uid) == 0)
        defer {
            box.close()
            unlink(Self.place)
        }
        let before = Files.names(in: box.path("home"))
        let outcome = try await box.run(
            Stranger.words([box.program, "-a", "127.0.0.1", "-p", "\(try FreePort.find())", "--", "true"], uid: Stranger.other),
            environment: ["XDG_STATE_HOME": "", "HOME": box.path("nowhere")])
        #expect(outcome.status == 99 && outcome.errors.contains(Self.place), "\(outcome)")
        #expect(Files.names(in: box.path("home")) == before)
    }
}
