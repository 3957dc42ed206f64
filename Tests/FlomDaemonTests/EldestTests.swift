import FlomSystem
import Glibc
import Testing

/// A command that its flom never announced is found by its environment. Its children have the same, but the lock follows the eldest.
@Suite struct EldestTests {
    private static let lastPID = "/proc/sys/kernel/ns_last_pid"
    private static let name = "FLOM_TEST_ELDEST"

    /// - Returns: the shell, and its output.
    private func shell(_ script: String, mark: String) throws -> (pid: pid_t, line: String) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("\(Self.name)=\(mark)"), strdup("PATH=/usr/bin:/bin"), nil]
        defer { for word in arguments + environment { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/bin/sh", &actions, nil, &arguments, &environment)
        close(ends[1])
        try #require(result == 0)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(ends[0], &bytes, bytes.count)
        return (pid, String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    @Test(.enabled(if: access(lastPID, W_OK) == 0, "here pids cannot be made to begin anew"))
    func itIsTheCommandThoughItsChildHasALowerPid() throws {
        let mark = "\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let (command, line) = try shell(
            "echo $(($$ - 50)) > \(Self.lastPID); sleep 100 >&- & echo $!; exec >&-; wait", mark: mark)
        let child = try #require(pid_t(line))
        defer {
            for pid in [child, command] { kill(pid, SIGKILL) }
            waitpid(command, nil, 0)
        }
        try #require(child < command)
        let found = try #require(Processes.eldest(carrying: Self.name, mark, notBefore: 0).found)
        #expect(found.pid == command && found.startTime == Processes.startTime(of: command))
        #expect(Processes.eldest(carrying: Self.name, mark, notBefore: found.startTime + 1).found?.pid != command)
        #expect(Processes.eldest(carrying: Self.name, mark + "0", notBefore: 0).found == nil)
    }
}
