import FlomTestKit
import Foundation
import Testing

/// Kernels and sandboxes without the newer system calls: dead processes are still found, and nothing hangs.
@Suite(.enabled(if: ForbiddenCalls.isPossible, Comment(rawValue: ForbiddenCalls.need)))
struct ForbiddenCallTests {
    static let newer = ForbiddenCalls.Answer.allCases.map { ForbiddenCalls("pidfd_open", "close_range", answer: $0) }

    private func startDaemon(_ box: Sandbox, _ calls: ForbiddenCalls) async throws -> pid_t {
        let words = calls.words([box.program] + box.options + ["-r", "warmup", "--", "true"])
        // Descriptors of the caller, with small and large numbers.
        let started = try await box.run(words, opening: [9: "/etc/passwd", 700: "/etc/passwd"])
        #expect(started.status == 0 && started.errors.isEmpty, "\(started)")
        return try #require(box.daemonPID)
    }

    @Test(arguments: newer)
    func aDaemonIsStartedAndKeepsNothingOfItsStarter(calls: ForbiddenCalls) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await startDaemon(box, calls)
        let open = ProcessFacts(daemon)?.descriptors ?? [:]
        #expect(!open.isEmpty && !open.values.contains("/etc/passwd"), "\(open)")
    }

    @Test(arguments: newer)
    func deadProcessesKeepNoLock(calls: ForbiddenCalls) async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await startDaemon(box, calls)
        let holder = try await box.hold("db")
        let other = try await box.hold("other")
        for one in [holder, other] {
            one.process.send(SIGKILL)
            try await one.process.wait()
        }
        kill(other.commandPID, SIGKILL)
        #expect(try await box.flom("-d", "0", "-r", "other", "-o", "5000", "--", "true").status == 0)
        // The orphan lives, and then ends.
        #expect(try await box.flom("-d", "0", "-r", "db", "-o", "300", "--", "true").status == 98)
        try await holder.letGo()
        #expect(try await box.flom("-d", "0", "-r", "db", "-o", "5000", "--", "true").status == 0)
        #expect(try await box.history(of: "db").map(\.outcome) == ["reclaimed", "timed_out", "released"])
    }

    @Test(arguments: newer)
    func aSuccessorWaitsForTheDaemonBefore(calls: ForbiddenCalls) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let before = try await startDaemon(box, calls)
        let holder = try await box.hold("db")
        let restarted = try await box.flom("--restart")
        #expect(restarted.status == 0, "\(restarted)")
        try await eventually("the next daemon serves") { box.daemonPID != before }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.history(of: "db").map(\.exitStatus) == [0])
    }

    @Test func theDoctorSaysSo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let looked = try await box.run(Self.newer[0].words([box.program] + box.options + ["--doctor"]))
        #expect(
            looked.status == 0 && looked.output.contains("note     machine calls: no pidfd_open")
                && looked.output.contains("no close_range"), "\(looked)")
    }

    @Test(arguments: ForbiddenCalls.Answer.allCases)
    func withoutGetrandomNothingHangs(answer: ForbiddenCalls.Answer) async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await startDaemon(box, ForbiddenCalls("getrandom", answer: answer))
    }

    @Test(arguments: ForbiddenCalls.Answer.allCases, [["-s", "SOCKET"], ["-a", "127.0.0.1", "-p", "PORT"]])
    func connectionsAreTakenWithoutAccept4(answer: ForbiddenCalls.Answer, place: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let port = try FreePort.find()
        let place = place.map { $0 == "SOCKET" ? box.socket : $0 == "PORT" ? "\(port)" : $0 }
        let words = [box.program] + place + ["--journal", box.journal, "-d", "60000", "-r", "R", "--", "true"]
        let outcome = try await box.run(ForbiddenCalls("accept4", answer: answer).words(words))
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        // The daemon of a network has its record in another directory.
        guard let daemon = box.daemonPID else { return }
        // No process inherits a connection.
        for (number, target) in try #require(ProcessFacts(daemon)).descriptors where target.hasPrefix("socket:") {
            let lines = Files.text(of: "/proc/\(daemon)/fdinfo/\(number)")?.split(separator: "\n") ?? []
            let flags = lines.first { $0.hasPrefix("flags:") }.flatMap { Int($0.split(separator: "\t").last ?? "", radix: 8) }
            #expect(flags.map { $0 & 0o2000000 != 0 } ?? true, "descriptor \(number): \(lines)")
        }
    }

    @Test func withoutAcceptThereIsASentence() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ForbiddenCalls("accept", "accept4", answer: .notAllowed)
            .words([box.program] + box.options + ["-r", "R", "--", "true"])
        let refused = try await box.run(words)
        #expect(refused.status == 99 && refused.errors.contains("forbids accept4 and accept"), "\(refused)")
    }

    /// Without clone3 no thread can be started: glibc replaces a call that is unknown, but not one that is forbidden.
    @Test func withoutThreadsThereIsASentence() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ForbiddenCalls("clone3", answer: .notAllowed).words([box.program] + box.options + ["-r", "R", "--", "true"])
        let refused = try await box.run(words)
        #expect(refused.status == 99 && refused.errors.contains("no thread can be started (clone3)"), "\(refused)")
    }
}
