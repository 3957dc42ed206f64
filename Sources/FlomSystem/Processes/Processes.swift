internal import CFlomSystem
internal import Glibc

/// Facts about processes, from `/proc` and pidfds.
package enum Processes {
    /// Whether `/proc` numbers processes as this process does. One that was mounted for another PID namespace shows other
    /// processes under their numbers, and nothing of it is used. Determined by `examineProc`, before there is a second thread.
    package private(set) nonisolated(unsafe) static var isProcOurs = true

    package static func examineProc() {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = readlink("/proc/self", &buffer, buffer.count)
        isProcOurs = count > 0 && String(decoding: buffer[..<count], as: UTF8.self) == "\(getpid())"
    }

    /// The start time of this process, however its `/proc` numbers processes.
    package static func ownStartTime() -> UInt64? { statWord(19, in: "/proc/self/stat").flatMap(number) }

    /// A word of `/proc/PID/stat` after the name, which may contain any byte: 0 is the state, 1 the parent.
    private static func statWord(_ wanted: Int, of pid: Int32) -> ArraySlice<UInt8>? {
        isProcOurs ? statWord(wanted, in: "/proc/\(pid)/stat") : nil
    }

    private static func statWord(_ wanted: Int, in path: String) -> ArraySlice<UInt8>? {
        Files.contents(of: path, limit: 4096).flatMap { word(wanted, of: $0) }
    }

    private static func word(_ wanted: Int, of line: [UInt8]) -> ArraySlice<UInt8>? {
        // Parsed by hand: every command runs through this, and a list of all words would cost a tenth of it.
        let bytes = line.span
        var nameEnd = bytes.count - 1
        while nameEnd >= 0, bytes[nameEnd] != UInt8(ascii: ")") { nameEnd -= 1 }
        guard nameEnd >= 0 else { return nil }
        var start = nameEnd + 2
        var count = 0
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\n") {
                if count == wanted { return line[start..<index] }
                count += 1
                start = index + 1
            }
            index += 1
        }
        return nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        digits.isEmpty
            ? nil
            : digits.reduce(UInt64?.some(0)) { sum, digit in
                guard let sum, digit >= 48, digit <= 57 else { return nil }
                return sum &* 10 &+ UInt64(digit - 48)
            }
    }

    /// Field 22 of `/proc/PID/stat`, in clock ticks since boot. Together with the pid it identifies a process for ever. Nil
    /// proves nothing: `/proc` may be hidden.
    package static func startTime(of pid: Int32) -> UInt64? {
        statWord(19, of: pid).flatMap(number)
    }

    /// Whether a signal has stopped the process; false if that is not known.
    package static func isStopped(pid: Int32) -> Bool { statWord(0, of: pid) == [UInt8(ascii: "T")] }

    /// The start time of a child of this process; nil also if `/proc` shows another process under its number.
    package static func startTime(ofChild pid: Int32) -> UInt64? {
        guard let line = Files.contents(of: "/proc/\(pid)/stat", limit: 4096),
            let parent = word(1, of: line).flatMap(number), parent == UInt64(getpid())
        else { return nil }
        return word(19, of: line).flatMap(number)
    }

    package static func parent(of pid: Int32) -> Int32? {
        statWord(1, of: pid).flatMap(number).map { Int32(truncatingIfNeeded: $0) }
    }

    /// The process, its parent, and so on, as far as they are visible.
    package static func ancestors(of pid: Int32) -> [Int32] {
        var found = [pid]
        // Processes come and go meanwhile, so the result may be no consistent tree.
        while found.count < deepestFamily, let next = parent(of: found[found.count - 1]), next > 0, !found.contains(next) {
            found.append(next)
        }
        return found
    }

    private static let deepestFamily = 1000

    package enum Liveness: Hashable, Sendable {
        /// The process is proven to be gone.
        case gone
        /// The process lives, or nothing proves that it does not.
        case notProvenGone
    }

    /// - Parameter startTime: the start time of the process in clock ticks; 0 if it is not known. Then only the pid counts.
    ///
    /// Gone means: there is no such process, its pidfd says that it has ended, or the pid belongs to a process with another start
    /// time. Everything else (hidden `/proc`, no permission) proves nothing.
    package static func liveness(pid: Int32, startTime: UInt64) -> Liveness {
        guard pid > 0 else { return .notProvenGone }
        let pidfd = flom_pidfd_open(pid)
        guard pidfd >= 0 else { return errno == ESRCH ? .gone : livenessByNumber(pid, startTime) }
        defer { close(pidfd) }
        return hasEnded(pidfd) || differs(pid, startTime) ? .gone : .notProvenGone
    }

    /// Liveness without a pidfd, for kernels before 5.3, sandboxes, and processes without a free descriptor. Repeated calls miss
    /// nothing: a pid that was given to another process meanwhile shows another start time.
    private static func livenessByNumber(_ pid: Int32, _ startTime: UInt64) -> Liveness {
        if kill(pid, 0) != 0 && errno == ESRCH { return .gone }
        // The process has ended and has not been reaped. (A process whose first thread has ended looks the same, but shows its
        // other threads.)
        let isZombie = statWord(0, of: pid) == [UInt8(ascii: "Z")] && statWord(17, of: pid) == [UInt8(ascii: "1")]
        return isZombie || differs(pid, startTime) ? .gone : .notProvenGone
    }

    /// Why the kernel gives no pidfds, in its words; nil if it does.
    package static func pidfdFailure() -> String? {
        let pidfd = flom_pidfd_open(getpid())
        guard pidfd >= 0 else { return SystemError("pidfd_open").reason }
        close(pidfd)
        return nil
    }

    /// A descriptor that becomes readable when the process ends. Nil if the process has ended, or if there is no pidfd: then
    /// `liveness` has to be asked repeatedly.
    package static func watchDescriptor(pid: Int32, startTime: UInt64) -> Int32? {
        guard pid > 0 else { return nil }
        let pidfd = flom_pidfd_open(pid)
        guard pidfd >= 0 else { return nil }
        if hasEnded(pidfd) || differs(pid, startTime) {
            close(pidfd)
            return nil
        }
        return pidfd
    }

    /// Whether the pid belongs to another process. It must be called after the pidfd was opened: from then on the pid cannot be
    /// given to another process unnoticed.
    private static func differs(_ pid: Int32, _ startTime: UInt64) -> Bool {
        guard startTime != 0, let now = self.startTime(of: pid) else { return false }
        return now != startTime
    }

    private static func hasEnded(_ pidfd: Int32) -> Bool {
        var waiting = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 1 && waiting.revents & Int16(POLLIN) != 0
    }

    /// A bound in bytes, greater than any environment that the kernel allows.
    private static let environmentLimit = 8 << 20

    package struct EnvironmentSearch: Sendable {
        package var found: (pid: Int32, startTime: UInt64)?
        /// Whether all possible processes have been examined.
        package var isComplete = true
    }

    /// Finds the process with `NAME=value` in its initial environment, the only trace of a command whose starter died before it
    /// could report it. Children, which inherit the value, are left out.
    ///
    /// - Parameter notBefore: the start time of the starter, in clock ticks since boot.
    package static func eldest(carrying name: String, _ value: String, notBefore: UInt64) -> EnvironmentSearch {
        let wanted = Array("\(name)=\(value)".utf8)
        var search = EnvironmentSearch()
        guard let pids = all() else {
            search.isComplete = false
            return search
        }
        var found: [(pid: Int32, startTime: UInt64)] = []
        for pid in pids {
            errno = 0
            let environment = Files.contents(of: "/proc/\(pid)/environ", limit: environmentLimit)
            // A process that has ended meanwhile is not the command.
            let isHidden = environment == nil && errno != ENOENT && errno != ESRCH
            let carries = environment?.split(separator: 0).contains { $0.elementsEqual(wanted) } ?? false
            guard isHidden || carries else { continue }
            let startTime = startTime(of: pid)
            if let startTime, startTime < notBefore { continue }
            if carries, let startTime { found.append((pid, startTime)) } else { search.isComplete = false }
        }
        guard let first = found.map(\.startTime).min() else { return search }
        // A tick is long, and pids start again at their limit. Among processes of the same tick the command is the one that is no
        // child of another.
        let eldest = found.filter { $0.startTime == first }
        search.found = eldest.first { one in !eldest.contains { $0.pid == parent(of: one.pid) } } ?? eldest[0]
        return search
    }

    /// Milliseconds between asking a process family to end (TERM) and forcing it (KILL).
    package static let killDelayMilliseconds: Int64 = 5000

    /// Sends a signal to a process and all its descendants; never to the process group, which may be its caller's. Does nothing
    /// if the pid belongs to another process by now.
    package static func signalFamily(of process: (pid: Int32, startTime: UInt64), _ signal: Int32) {
        guard process.pid > 1, liveness(pid: process.pid, startTime: process.startTime) == .notProvenGone else { return }
        var children: [Int32: [Int32]] = [:]
        for pid in all() ?? [] { if let parent = parent(of: pid) { children[parent, default: []].append(pid) } }
        var family = [process.pid]
        var next = 0
        while next < family.count {
            family += (children[family[next]] ?? []).filter { !family.contains($0) }
            next += 1
        }
        for pid in family { kill(pid, signal) }
    }

    /// All processes; nil if they cannot be listed, or only some of them (`hidepid`). Process 1 of a namespace is always visible
    /// otherwise.
    private static func all() -> [Int32]? {
        guard isProcOurs else { return nil }
        let pids = Files.names(in: "/proc").compactMap { Int32($0) }
        return pids.contains(1) ? pids : nil
    }

    /// Restores the default action of SIGCHLD. If flom's caller ignores it, flom inherits that and could not learn how a child
    /// ended. Must be called first.
    package static func restoreChildSignal() { flom_hear_of_children() }

    /// Continues in a child process if this process is the first of a container: it would ignore TERM while it waits, and would
    /// leave zombies. Must be called before anything is opened.
    package static func runInChildIfProcessOne() { flom_leave_first_place() }

    /// The effective user of a process; nil if that is not known.
    package static func user(of pid: Int32) -> UInt32? {
        // `Uid:` has the real, the effective, the saved and the file system's uid.
        statusLine("Uid:", of: pid).flatMap { line in
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            return words.count > 1 ? number(words[1]).map { UInt32(truncatingIfNeeded: $0) } : nil
        }
    }

    /// The signals that are pending for a process as a whole, bit n - 1 for signal n; nil if that is not known.
    package static func pendingSignals(of pid: Int32) -> UInt64? {
        statusLine("ShdPnd:", of: pid).flatMap { UInt64(String(decoding: $0.dropFirst(), as: UTF8.self), radix: 16) }
    }

    /// The text after a label in `/proc/PID/status`.
    private static func statusLine(_ label: String, of pid: Int32) -> ArraySlice<UInt8>? {
        Files.contents(of: "/proc/\(pid)/status", limit: 8192)?.split(separator: UInt8(ascii: "\n"))
            .first { $0.starts(with: label.utf8) }?.dropFirst(label.utf8.count)
    }

    /// Sets the name that `ps` and `pgrep` show, at most 15 bytes.
    package static func setOwnName(_ name: String) { flom_set_process_name(name) }

    /// Whether this program has rights that its starter does not have: a setuid bit or file capabilities.
    package static var isPrivileged: Bool { flom_is_privileged() != 0 }

    /// Keeps the process's memory from core dumps and from other processes of this user, for a process that has read a private
    /// key. A program that it executes is not affected.
    package static func hideMemory() { flom_hide_memory() }
}
