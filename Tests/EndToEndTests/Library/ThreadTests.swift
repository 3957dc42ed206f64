import FlomTestKit
import Foundation
import Testing

/// Many threads, many locks, and a daemon that is killed again and again.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need), .timeLimit(.minutes(10))) struct LibraryThreadTests {
    /// The locks of each thread; FLOM_LIBRARY_LOCKS has another number.
    private static let locks = ProcessInfo.processInfo.environment["FLOM_LIBRARY_LOCKS"].flatMap { Int($0) } ?? 100

    /// Eight threads on three resources: no two hold one at the same time, no lock is lost, no descriptor and no memory is left.
    @Test func aDaemonThatIsKilledAgainAndAgain() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let program = try await CompiledPrograms.path("stress.c")
        let stress = try box.start([program, box.socket, "8", "\(Self.locks)"], environment: box.libraryEnvironment)
        var kills = 0
        while stress.isRunning {
            try await Task.sleep(for: .milliseconds(300))
            guard stress.isRunning, let pid = box.daemonPID, ProcessTable.isAlive(pid) else { continue }
            kill(pid, SIGKILL)
            kills += 1
        }
        let outcome = try await stress.wait()
        #expect(outcome.status == 0, "\(kills) kills: \(outcome)")
        #expect(outcome.output == "8 threads, \(8 * Self.locks) locks, overlaps 0, failures 0, descriptors 0\n", "\(outcome)")
        #expect(kills > 0)
        try await box.startDaemon()
        #expect(try await box.status().isEmpty)
    }

    /// What the library itself takes for a lock and an unlock is less than 5 µs. Only a machine without other load can tell.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["FLOM_LIBRARY_MEASURE"] != nil, "FLOM_LIBRARY_MEASURE asks for it"))
    func theLibraryTakesLittleTime() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await box.runProgram("pairs.c", [box.socket, "10000"], options: ["-O2"])
        print(outcome.output)
        let own = try #require(outcome.output.firstMatch(of: /own (-?[\d.]+)/).flatMap { Double($0.output.1) }, "\(outcome)")
        #expect(own < 5, "\(outcome.output)")
    }

    /// One handle, over and over: neither descriptors nor memory grow.
    @Test func aHandleThatIsUsedForever() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let cycles = ProcessInfo.processInfo.environment["FLOM_LIBRARY_CYCLES"] ?? "2000"
        let outcome = try await box.runProgram("cycles.c", [box.socket, cycles])
        #expect(outcome.status == 0 && outcome.output == "\(cycles) cycles, descriptors 0, memory flat\n", "\(outcome)")
    }
}
