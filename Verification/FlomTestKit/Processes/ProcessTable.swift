package import Foundation

/// A process as `/proc` shows it.
package struct ProcessFacts: Sendable {
    package let pid: pid_t
    /// The name, as in `ps -o comm=`.
    package let name: String
    /// The state, as in `ps -o state=`: `Z` has ended, but has not been reaped.
    package let state: Character
    package let parent: pid_t
    package let session: pid_t
    /// 0 if it has no controlling terminal.
    package let terminal: Int

    /// Nil if there is no such process.
    package init?(_ pid: pid_t) {
        guard let line = Files.text(of: "/proc/\(pid)/stat"), let open = line.firstIndex(of: "("),
            let close = line.lastIndex(of: ")")
        else { return nil }
        let words = line[line.index(after: close)...].split(separator: " ")
        guard words.count > 4, let parent = pid_t(words[1]), let session = pid_t(words[3]), let terminal = Int(words[4])
        else { return nil }
        self.pid = pid
        name = String(line[line.index(after: open)..<close])
        state = words[0].first!
        self.parent = parent
        self.session = session
        self.terminal = terminal
    }

    /// The words of its command line.
    package var words: [String] {
        (Files.bytes(of: "/proc/\(pid)/cmdline") ?? []).split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    package var directory: String? { Files.target(of: "/proc/\(pid)/cwd") }

    /// The target of each of its descriptors.
    package var descriptors: [Int32: String] {
        var targets: [Int32: String] = [:]
        for name in Files.names(in: "/proc/\(pid)/fd") { targets[Int32(name)!] = Files.target(of: "/proc/\(pid)/fd/\(name)") }
        return targets
    }
}

package enum ProcessTable {
    /// Whether the process runs. A process that has ended and waits to be reaped does not run: pid 1 may take its time. While a thread of it still
    /// waits for the disk, it has not ended, and has its locks and sockets.
    package static func isAlive(_ pid: pid_t) -> Bool {
        guard let facts = ProcessFacts(pid) else { return false }
        return facts.state != "Z" || Files.names(in: "/proc/\(pid)/task").count > 1
    }

    /// Whether flom in this process sleeps until something comes. A connected client that sleeps has sent its request.
    package static func waitsInPoll(_ pid: pid_t) -> Bool {
        ProcessFacts(pid)?.name == "flom" && Files.text(of: "/proc/\(pid)/syscall")?.hasPrefix("\(pollCall) ") == true
    }

    #if arch(x86_64)
        private static let pollCall = 7
    #else
        /// `ppoll`: there is no other.
        private static let pollCall = 73
    #endif

    /// What a process, with all its threads, has used of the processors so far; 0 if it is gone.
    package static func processorMilliseconds(_ pid: pid_t) -> Int {
        // Behind the name, which may have blanks; the 12th and the 13th are ticks in user mode and in the kernel.
        let fields = Files.text(of: "/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +) * 1000 / sysconf(Int32(_SC_CLK_TCK))
    }

    /// The parent of this process, its parent, and so on.
    package static func ancestors() -> [pid_t] {
        var chain: [pid_t] = []
        var next = getppid()
        while next > 0 {
            chain.append(next)
            next = ProcessFacts(next)?.parent ?? 0
        }
        return chain
    }

    /// The living processes whose initial environment contains `entry`.
    static func carrying(_ entry: String) -> [ProcessFacts] {
        Files.names(in: "/proc").compactMap { pid_t($0) }.compactMap { pid in
            guard let environment = Files.bytes(of: "/proc/\(pid)/environ"), contains(environment, entry),
                let facts = ProcessFacts(pid), facts.state != "Z"
            else { return nil }
            return facts
        }
    }

    /// Whether `entry` is one of the strings, each ended by a NUL. It uses C functions, because it is called for all processes.
    private static func contains(_ environment: [UInt8], _ entry: String) -> Bool {
        (environment + [0]).withUnsafeBytes { bytes in
            var offset = 0
            while offset < environment.count {
                let next = (bytes.baseAddress! + offset).assumingMemoryBound(to: CChar.self)
                if strcmp(next, entry) == 0 { return true }
                offset += strlen(next) + 1
            }
            return false
        }
    }

    /// The tests' own process.
    package static var own: pid_t { getpid() }
}
