import FlomTestKit
import Foundation
import Testing

/// The right to start the next daemon of a socket: every user has it, once the last daemon has ended in order with nothing open.
@Suite(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
struct TwoUsersTests {
    /// Directories with the sticky bit, without it, of one of the two users, and of root.
    static let directories: [(mode: mode_t, owner: uid_t)] = [
        (0o1777, 0), (0o777, 0), (0o1777, Stranger.uid), (0o775, Stranger.uid),
    ]

    private func run(_ box: Sandbox, as uid: uid_t, _ words: [String]) async throws -> Outcome {
        let state = box.path("state-\(uid)")
        if !Files.exists(state) {
            try Files.makeDirectory(state, mode: 0o700)
            #expect(chown(state, uid, 0) == 0)
        }
        let command = [box.program, "-s", box.path("public/s"), "-d", "100"] + words
        return try await box.run(
            ["setpriv", "--reuid=\(uid)", "--regid=0", "--clear-groups", "--"] + command,
            environment: ["XDG_STATE_HOME": state, "HOME": state])
    }

    @Test(arguments: directories) func anEndInOrderLeavesItToEverybody(mode: mode_t, owner: uid_t) async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try Files.makeDirectory(box.path("public"), mode: mode)
        #expect(chown(box.path("public"), owner, 0) == 0)
        for uid in [Stranger.uid, Stranger.other, 0, Stranger.uid, Stranger.other] {
            let outcome = try await run(box, as: uid, ["-r", "R", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n", "uid \(uid): \(outcome)")
            // Without a query to the daemon, which would lengthen its life.
            try await eventually("the daemon of \(uid) has ended") { Files.names(in: box.path("public")).isEmpty }
        }
    }

    /// After a kill with something open the endpoint is still its owner's.
    @Test func aCrashLeavesItToItsOwner() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try Files.makeDirectory(box.path("public"), mode: 0o1777)
        let gate = try box.gate("gate")
        let record = box.path("public/s.record")
        let words = [box.program, "-s", box.path("public/s"), "-r", "R", "--", "cat", gate.path]
        let holder = try box.start(Stranger.words(words))
        // Otherwise the other user could be the first, and own it.
        try await eventually("the daemon is there") { Files.isSocket(box.path("public/s")) }
        try await eventually("it holds") {
            try await run(box, as: Stranger.other, ["-r", "R", "-o", "0", "--", "true"]).status == 98
        }
        holder.send(SIGSTOP)
        let pid = try #require(Files.text(of: record)?.firstMatch(of: #/\npid=(\d+)/#).flatMap { pid_t($0.1) })
        kill(pid, SIGKILL)
        try await eventually("daemon \(pid) is gone") { !ProcessTable.isAlive(pid) }
        for uid in [Stranger.other, 0] {
            let outcome = try await run(box, as: uid, ["-r", "R", "-o", "0", "--", "echo", "ran"])
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains(record), "\(outcome)")
        }
        let outcome = try await box.run(Stranger.words(words.prefix(3) + ["-r", "R", "-o", "0", "--", "echo", "ran"]))
        #expect(outcome.status == 98, "\(outcome)")
        holder.send(SIGCONT)
        try await gate.open()
        #expect(try await holder.wait().status == 0)
    }

    /// A user of this test alone, because other tests use other users' places.
    private static let namespaceRoot: uid_t = 47_103

    /// `unshare -r`: root of the namespace is another user for the machine.
    @Test(.enabled(if: !Files.exists("/tmp/flom-root~\(TwoUsersTests.namespaceRoot)"), "the place is in use"))
    func rootOfANamespaceKeepsAwayFromRootsPlace() async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            for ending in ["", ".lock", ".record"] { unlink("/tmp/flom-root~\(Self.namespaceRoot)\(ending)") }
            try? FileManager.default.removeItem(atPath: "/var/tmp/flom-\(Self.namespaceRoot)")
        }
        let before = Files.status(of: "/tmp/flom-root.record")?.st_ino
        let outcome = try await box.run(
            Stranger.words(["unshare", "-r", box.program, "-r", "R", "--", "echo", "ran"], uid: Self.namespaceRoot),
            environment: ["HOME": box.path("home")])
        if outcome.errors.contains("unshare") { return }
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(Files.isSocket("/tmp/flom-root~\(Self.namespaceRoot)"))
        #expect(Files.status(of: "/tmp/flom-root.record")?.st_ino == before)
    }
}
