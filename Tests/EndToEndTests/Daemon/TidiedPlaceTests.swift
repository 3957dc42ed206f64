import FlomTestKit
import Foundation
import Testing

/// Socket and record are tidied away, or disappear with a reboot: the lock on the journal decides whether a daemon runs, and nothing
/// that was promised is lost with them.
@Suite struct TidiedPlaceTests {
    private func files(_ box: Sandbox) -> [String] { [box.socket, box.record, box.socket + ".lock"] }

    static let removed: [[Int]] = [[0], [1], [0, 1], [0, 1, 2]]

    @Test(arguments: removed) func aLiveDaemonIsFoundAgain(_ which: [Int]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let pid = box.daemonPID
        // Commands run all the time, while the names disappear and come back.
        for _ in 0..<5 {
            for index in which { unlink(files(box)[index]) }
            let outcome = try await box.run([box.program, "-s", box.socket, "-r", "R", "-o", "0", "--", "echo", "ran"])
            #expect(outcome.status == 98 && outcome.output.isEmpty, "\(outcome)")
        }
        try await eventually("all of it is there again") { files(box).allSatisfy(Files.exists) && box.daemonPID == pid }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    /// The files are removed, and the daemon is killed before it can notice.
    private func tidyAndKill(_ box: Sandbox) async throws {
        let pid = try #require(box.daemonPID)
        kill(pid, SIGSTOP)
        for path in files(box) { unlink(path) }
        kill(pid, SIGKILL)
        try await eventually("daemon \(pid) is gone") { !ProcessTable.isAlive(pid) }
    }

    @Test func aNamedJournalIsNotForgottenWithTheRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        // Otherwise it would start the next daemon.
        holder.process.send(SIGSTOP)
        try await tidyAndKill(box)
        let other = try await box.run(
            [box.program, "-s", box.socket, "--journal", box.path("other"), "-r", "R", "-o", "0", "--", "echo", "ran"])
        #expect(other.status == 99 && other.output.isEmpty && other.errors.contains("'\(box.journal)'"), "\(other)")
        let outcome = try await box.run([box.program, "-s", box.socket, "-r", "R", "-o", "0", "--", "echo", "ran"])
        #expect(outcome.status == 98 && outcome.output.isEmpty, "\(outcome)")
        #expect(box.recorded("journal") == box.journal)
        holder.process.send(SIGCONT)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    private func token(_ box: Sandbox) async throws -> Int64 {
        let outcome = try await box.run(
            [box.program] + box.options + ["-r", "R", "--", "sh", "-c", "echo $FLOM_FENCING_TOKEN"])
        return try #require(Int64(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(outcome)")
    }

    /// The loss of journal, record, and both.
    @Test(arguments: [[false, true], [true, false], [true, true]]) func tokensAndStampsGoOn(_ lost: [Bool]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        // One an hour.
        let stamp = ["-r", "_t_%Y%m%d%H[1]", "-o", "0", "--", "echo"]
        let first = try await box.run([box.program] + box.options + stamp)
        #expect(first.status == 0 && !first.output.isEmpty, "\(first)")
        let before = try await token(box)
        #expect(try await box.flom("-X").status == 0)
        if lost[0] { for name in Files.names(in: box.directory) where name.hasPrefix("journal") { unlink(box.path(name)) } }
        if lost[1] { for path in files(box) { unlink(path) } }
        #expect(try await token(box) > before)
        let again = try await box.run([box.program] + box.options + stamp)
        #expect(again.output != first.output, "\(again)")
    }
}

/// A socket on a tmpfs after a reboot: its directory has another device number.
@Suite(.enabled(if: Conditions.canMount && Conditions.canUnshareProcesses, "needs root, unshare and the right to mount"))
struct MountedAnewTests {
    @Test func historyAndTokensGoOn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            set -e
            mkdir tmp other
            mkdir -p /var/lib/flom; mount -t tmpfs -o mode=700 none /var/lib/flom
            mount -t tmpfs one tmp
            flom="$0 -s $PWD/tmp/s"
            $flom -r R -- sh -c "$0 --fence fence -- echo first"
            $flom -x > /dev/null
            # Something else gets the number that becomes free.
            umount -l tmp; mount -t tmpfs two other; mount -t tmpfs three tmp
            $flom -r R -- sh -c "$0 --fence fence -- echo second"
            $flom --history --format csv | wc -l
            $flom -X > /dev/null
            ls /var/lib/flom
            """
        let outcome = try await box.run(["unshare", "-m", "sh", "-c", script, box.program])
        #expect(outcome.status == 0, "\(outcome)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.prefix(3) == ["first", "second", "3"], "\(outcome)")
        #expect(lines.filter { $0.hasSuffix(".journal") }.count == 1, "\(outcome)")
    }

    /// A service with a `/tmp` of its own is another place, also at the same time.
    @Test func aPrivateDirectoryOfTheSamePathHasItsOwnJournal() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            set -e
            mkdir tmp
            mkdir -p /var/lib/flom; mount -t tmpfs -o mode=700 none /var/lib/flom
            mount -t tmpfs one tmp
            flom="$0 -s $PWD/tmp/s"
            $flom -r R -- unshare -m sh -ec "
                mount -t tmpfs two tmp
                $flom -r R -o 0 -- echo inside 2> once
                $flom --doctor > doctor || true
                $flom -X > /dev/null
                $flom -r R -o 0 -- true 2> twice
                $flom -X > /dev/null"
            $flom -r R -- echo outside
            $flom -X > /dev/null
            ls /var/lib/flom
            """
        let outcome = try await box.run(["unshare", "-m", "sh", "-c", script, box.program])
        #expect(outcome.status == 0, "\(outcome)")
        let lines = outcome.output.split(separator: "\n")
        let remark = try #require(Files.text(of: box.path("once")))
        #expect(remark.contains("is another place here") && remark.contains("1 open request "), "\(remark)")
        #expect(remark.split(separator: "\n").count == 1 && Files.text(of: box.path("twice")) == "")
        #expect(Files.text(of: box.path("doctor"))?.contains("is another place here") == true)
        #expect(lines.contains("inside") && lines.contains("outside"), "\(outcome)")
        #expect(lines.filter { $0.hasSuffix(".journal") }.count == 2, "\(outcome)")
    }
}
