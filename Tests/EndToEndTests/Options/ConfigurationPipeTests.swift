import FlomTestKit
import Foundation
import Testing

/// A configuration that can be read only once (`-c <(…)`) reaches the daemon, and the daemons after it.
@Suite struct ConfigurationPipeTests {
    private func start(_ box: Sandbox, _ configuration: String, _ words: [String]) async throws -> Outcome {
        try Files.write(configuration, to: box.path("conf"))
        return try await box.run(
            ["sh", "-c", #"conf=$1; shift; cat "$conf" | "$@""#, "sh", box.path("conf"), box.program, "-s", box.socket]
                + ["-c", "/dev/stdin"] + words)
    }

    @Test func theDaemonHasItToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let journal = box.path("elsewhere")
        let started = try await start(
            box, "[Journal]\nFile=\(journal)\n[Daemon]\nLifespan=45000\n", ["-r", "R", "--", "cat"])
        #expect(started.status == 0 && started.output.isEmpty, "\(started)")
        #expect(box.recorded("journal") == journal && box.recorded("lifespan-ms") == "45000")

        // Successors and reloads use the text that was read.
        let before = try #require(box.daemonPID)
        #expect(try await box.run([box.program, "-s", box.socket, "--restart"]).status == 0)
        try await eventually("the next daemon serves") { box.daemonPID != before }
        #expect(box.recorded("journal") == journal && box.recorded("lifespan-ms") == "45000")
        kill(try #require(box.daemonPID), SIGHUP)
        #expect(try await box.run([box.program, "-s", box.socket, "-d", "0", "-r", "R", "--", "true"]).status == 0)
        #expect(box.recorded("lifespan-ms") == "45000")
    }

    @Test func itMayBeLong() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let comment = String(repeating: "# " + String(repeating: "x", count: 97) + "\n", count: 3000)
        let started = try await start(box, comment + "[Daemon]\nLifespan=45000\n", ["--journal", box.journal, "--", "true"])
        #expect(started.status == 0 && box.recorded("lifespan-ms") == "45000", "\(started)")
    }

    @Test func theDoctorReadsItOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let looked = try await start(box, "[Daemon]\nLifespan=soon\n", ["--journal", box.journal, "--doctor"])
        #expect(looked.status == 1 && looked.output.contains("/dev/stdin:2: Lifespan='soon' is not accepted"), "\(looked)")
    }
}
