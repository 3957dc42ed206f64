package import Foundation

/// A control group for one test, of the unified hierarchy.
package struct ControlGroup {
    private static let root = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first { Files.exists("\($0)/cgroup.procs") }
    private let path: String

    /// Whether a group can be made here, and a process moved into it and out of it.
    package static let isPossible: Bool = {
        guard let probe = try? ControlGroup("flomtest-probe\(getpid())") else { return false }
        defer { probe.close() }
        // The root itself must accept processes, so that the process can leave the group again.
        return access(Self.root! + "/cgroup.procs", W_OK) == 0
    }()

    package init(_ name: String) throws {
        guard let root = Self.root else { throw NeverHappened(description: "there are no control groups") }
        path = "\(root)/\(name)"
        try Files.makeDirectory(path)
        guard access(path + "/cgroup.procs", W_OK) == 0 else {
            rmdir(path)
            throw NeverHappened(description: "'\(path)' is no control group")
        }
    }

    /// The words that run a command in it.
    package func words(_ command: [String]) -> [String] {
        ["sh", "-c", "echo 0 > \(path)/cgroup.procs && exec \"$@\"", "sh"] + command
    }

    package var processes: [pid_t] {
        (Files.text(of: path + "/cgroup.procs") ?? "").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Ends the processes that are left in it.
    package func close() {
        for _ in 0..<200 {
            for process in processes { kill(process, SIGKILL) }
            if rmdir(path) == 0 || errno == ENOENT { return }
            usleep(10_000)
        }
    }
}
