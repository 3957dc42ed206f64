import FlomTestKit
import Foundation
import Testing

/// Limits and priorities of a daemon's first command do not bind the daemon for all its life.
@Suite struct InheritedConstraintsTests {
    private func startDaemon(_ box: Sandbox, by words: [String]) async throws -> pid_t {
        let started = try await box.run(words + [box.program] + box.options + ["-r", "warmup", "--", "true"])
        try #require(started.status == 0, "\(started)")
        return try #require(box.daemonPID)
    }

    private func limit(_ name: String, of pid: pid_t) throws -> [String] {
        let limits = try #require(Files.text(of: "/proc/\(pid)/limits"))
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix(name) })
        return line.dropFirst(name.count).split(separator: " ").map(String.init)
    }

    @Test func softLimitsAreRaised() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let limits = ["-t 1000", "-v 50000000", "-f 100000", "-n 50", "-s 512"].map { "ulimit -S \($0); " }
        let daemon = try await startDaemon(box, by: ["sh", "-c", limits.joined() + #"exec "$@""#, "sh"])
        for name in ["Max cpu time", "Max address space", "Max file size"] {
            let values = try limit(name, of: daemon)
            #expect(values[0] == values[1], "\(name): \(values)")
        }
        #expect(try Int(limit("Max open files", of: daemon)[0]) ?? .max > 50)
        #expect(try Int(limit("Max stack size", of: daemon)[0]) ?? .max >= 8 << 20)
    }

    @Test(.enabled(if: Conditions.isRoot && Conditions.hasProgram("taskset"), "needs root and util-linux"))
    func itIsScheduledAsOthersAre() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = #"echo 300 >/proc/self/oom_score_adj; exec taskset -c 0 nice -n 7 ionice -c 3 chrt -i 0 "$@""#
        let daemon = try await startDaemon(box, by: ["sh", "-c", script, "sh"])
        func said(_ words: String...) async throws -> String { try await box.run(words).output }
        func processors(_ pid: pid_t) -> String? {
            Files.text(of: "/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list") }.map(
                String.init)
        }
        #expect(processors(daemon) == processors(1))
        #expect(Files.text(of: "/proc/\(daemon)/oom_score_adj") == "0\n")
        #expect(try await said("ps", "-o", "cls=,ni=", "-p", "\(daemon)").split(separator: " ") == ["TS", "0\n"])
        #expect(try await !said("ionice", "-p", "\(daemon)").contains("idle"))
    }

    /// The daemon's log and the doctor name settings that a user may not lift.
    @Test(.enabled(if: Conditions.isRoot && Conditions.hasProgram("setpriv"), "needs root and util-linux"))
    func settingsThatStayAreNamed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["sh", "-c", #"ulimit -t 1000; exec "$@""#, "sh"] + Conditions.withoutRightsOverLimits
        let looked = try await box.run(words + [box.program] + box.options + ["--doctor"])
        #expect(
            looked.output.contains("limits of a daemon: one that is started from here is also limited by: 1000 s of"),
            "\(looked)")
        let daemon = try box.start(words + [box.program] + box.options + ["--foreground"])
        try await eventually("it says so: \(daemon.errorsSoFar)") {
            daemon.errorsSoFar.contains("cannot be lifted: 1000 s of processor time")
        }
    }
}
