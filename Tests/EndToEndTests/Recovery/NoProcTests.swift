import FlomTestKit
import Foundation
import Testing

/// Without /proc, as in a chroot: numbers prove nothing of processes, and no program aborts.
@Suite(
    .enabled(
        if: Conditions.canMount && Conditions.hasProgram("unshare") && Program.isStatic,
        "needs the right to mount, and a program that is linked statically"))
struct NoProcTests {
    private func run(_ box: Sandbox, _ words: [String]) async throws -> Outcome {
        let script = #"mount -t tmpfs none /proc; exec "$@""#
        return try await box.run(["unshare", "-m", "sh", "-ec", script, "sh", box.program] + words)
    }

    @Test func commandsThatNeedNoProcWork() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let version = try await run(box, ["--version"])
        #expect(version.status == 0 && version.output.hasPrefix("flom "), "\(version)")
        let help = try await run(box, ["--help"])
        #expect(help.status == 0 && help.output.contains("--resource-name"), "\(help)")
        let wrong = try await run(box, ["--no-such-option"])
        #expect(wrong.status == 99 && !wrong.errors.isEmpty, "\(wrong)")
        let doctor = try await run(box, box.options + ["--doctor"])
        #expect(doctor.status == 1 && doctor.output.contains("/proc is missing"), "\(doctor)")
    }

    @Test func aCommandRuns() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for _ in 0..<2 {
            let ran = try await run(box, box.options + ["-r", "R", "--", "sh", "-c", "echo ran; exit 3"])
            #expect(ran.status == 3 && ran.output == "ran\n", "\(ran)")
        }
        #expect(try await run(box, box.options + ["--restart"]).status == 0)
        #expect(try await run(box, box.options + ["-d", "0", "-r", "R", "--", "true"]).status == 0)
        #expect(try await box.history(of: "R").map(\.exitStatus) == [3, 3, 0])
    }
}
