import FlomTestKit
import Foundation
import Testing

/// A grant to another host is answered only when the device has it: such a holder outlives the daemon's operating system.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkDurabilityTests {
    /// What a line of strace's output shows.
    private enum Step: Equatable {
        case writesJournal
        case syncs
        case grants
    }

    /// Of the trace of all threads in one file. A call that another thread interrupts in the file counts when it has returned.
    private static func steps(_ trace: String) -> [Step] {
        trace.split(separator: "\n").compactMap { line in
            if line.contains("<unfinished ...>") && line.contains("fdatasync") { return nil }
            if line.contains("fdatasync") { return .syncs }
            if line.contains("pwrite64") && line.contains("-wal>") { return .writesJournal }
            return line.contains("answer rc=\\\"0\\\"") ? .grants : nil
        }
    }

    private func trace(sync: String, locks: (HostNetwork) async throws -> Void) async throws -> [Step] {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--sync", sync, "--", "true")
        #expect(started.status == 0, "\(started)")
        let daemon = try #require(net.mojan.daemons.first)
        let file = net.box.path("trace")
        let calls = "trace=fdatasync,pwrite64,write,writev,sendto,sendmsg"
        let strace = try net.box.start(["strace", "-f", "-y", "-s", "400", "-e", calls, "-o", file, "-p", "\(daemon)"])
        try await eventually("strace is attached") { strace.errorsSoFar.contains("attached") }
        try await locks(net)
        strace.send(SIGINT)
        try await strace.wait()
        return Self.steps(Files.text(of: file) ?? "")
    }

    /// Whether strace can look at another process here.
    private static let canTrace: Bool = {
        guard Conditions.isRoot, Conditions.hasProgram("strace") else { return false }
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("strace"), strdup("-o"), strdup("/dev/null"), strdup("true"), nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        var status: Int32 = 1
        return posix_spawnp(&pid, "strace", nil, nil, &words, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0
    }()

    @Test(.enabled(if: canTrace, "needs strace, and the right to use it"))
    func aRemoteGrantWaitsForTheDevice() async throws {
        let steps = try await trace(sync: "auto") { net in
            for number in 1...5 {
                let client = OldClient(try await net.presanella.rawClient(to: "192.168.1.2"))
                #expect(try await client.lock("R\(number)") == 0)
                try await client.unlock("R\(number)")
                try await client.disconnect()
            }
        }
        let grants = steps.indices.filter { steps[$0] == .grants }
        #expect(grants.count == 5)
        for grant in grants {
            // Between the last write of the journal before the grant and the grant lies a sync.
            let write = try #require(steps[..<grant].lastIndex(of: .writesJournal))
            #expect(steps[write..<grant].contains(.syncs), "grant at \(grant) of \(steps)")
        }
    }

    /// The way to know that the test above would notice.
    @Test(.enabled(if: canTrace, "needs strace, and the right to use it"))
    func withoutSyncItDoesNotWait() async throws {
        let steps = try await trace(sync: "off") { net in
            let client = OldClient(try await net.presanella.rawClient(to: "192.168.1.2"))
            #expect(try await client.lock("R1") == 0)
        }
        #expect(steps.contains(.grants) && steps.contains(.writesJournal) && !steps.contains(.syncs), "\(steps)")
    }
}
