internal import CFlomSystem
internal import Glibc

/// What `/proc` and pidfds tell of processes.
package enum Processes {
    /// Whether `/proc` counts processes as this one does. One that was mounted for another PID namespace shows others under their
    /// numbers, and then nothing of it is believed. Found out by `lookAtProc`, before there is a second thread.
    package private(set) nonisolated(unsafe) static var isProcOurs = true

    package static func lookAtProc() {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = readlink("/proc/self", &buffer, buffer.count)
        isProcOurs = count > 0 && String(decoding: buffer[..<count], as: UTF8.self) == "\(getpid())"
    }

    /// Of this process, however its `/proc` counts.
    package static func ownStartTime() -> UInt64? { statWord(19, in: "/proc/self/stat").flatMap(number) }

    /// A word of the line of `/proc/PID/stat` behind the name, which may contain anything: 0 is the state, 1 the parent.
    private static func statWord(_ wanted: Int, of pid: Int32) -> ArraySlice<UInt8>? {
        isProcOurs ? statWord(wanted, in: "/proc/\(pid)/stat") : nil
    }

    private static func statWord(_ wanted: Int, in path: String) -> ArraySlice<UInt8>? {
        Files.contents(of: path, limit: 4096).flatMap { word(wanted, of: $0) }
    }

    private static func word(_ wanted: Int, of line: [UInt8]) -> ArraySlice<UInt8>? {
        guard let name = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var start = name + 2
        var count = 0
        // By hand: this is on the way of every command, and a list of all words costs a tenth of it.
        for index in start..<max(start, line.count) where line[index] == UInt8(ascii: " ") || line[index] == UInt8(ascii: "\n") {
            if count == wanted { return line[start..<index] }
            count += 1
            start = index + 1
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

    /// Field 22 of `/proc/PID/stat`, in clock ticks since boot: with the pid it names a process for ever. Nil proves nothing:
    /// `/proc` may be hidden.
    package static func startTime(of pid: Int32) -> UInt64? {
        statWord(19, of: pid).flatMap(number)
    }

    /// By a signal; false if that is not known.
    package static func isStopped(pid: Int32) -> Bool { statWord(0, of: pid) == [UInt8(ascii: "T")] }

    /// Of a child of this process: nil as well if `/proc` shows somebody else under its number.
    package static func startTime(ofChild pid: Int32) -> UInt64? {
        guard let line = Files.contents(of: "/proc/\(pid)/stat", limit: 4096),
            let parent = word(1, of: line).flatMap(number), parent == UInt64(getpid())
        else { return nil }
        return word(19, of: line).flatMap(number)
    }

    package static func parent(of pid: Int32) -> Int32? {
        statWord(1, of: pid).flatMap(number).map { Int32(truncatingIfNeeded: $0) }
    }

    /// The process itself, its parent, and so on, as far as they can be seen.
    package static func ancestors(of pid: Int32) -> [Int32] {
        var found = [pid]
        // Processes come and go while this looks: what it reads may be no tree.
        while found.count < deepestFamily, let next = parent(of: found[found.count - 1]), next > 0, !found.contains(next) {
            found.append(next)
        }
        return found
    }

    private static let deepestFamily = 1000

    package enum Liveness: Hashable, Sendable {
        /// Proven gone.
        case gone
        /// Lives; or nothing proves that it does not.
        case notProvenGone
    }

    /// - Parameter startTime: 0 if it is not known; then only the pid counts.
    ///
    /// Gone means only: there is no such process, its pidfd says that it has ended, or the pid belongs to a process that
    /// started at another time. Everything else (hidden `/proc`, no permission) proves nothing.
    package static func liveness(pid: Int32, startTime: UInt64) -> Liveness {
        guard pid > 0 else { return .notProvenGone }
        let pidfd = flom_pidfd_open(pid)
        guard pidfd >= 0 else { return errno == ESRCH ? .gone : livenessByNumber(pid, startTime) }
        defer { close(pidfd) }
        return hasEnded(pidfd) || differs(pid, startTime) ? .gone : .notProvenGone
    }

    /// As above, where there is no pidfd: kernels before 5.3, sandboxes, no descriptor left. Whoever asks again and again misses nothing:
    /// a pid that was given to another process meanwhile shows another start time.
    private static func livenessByNumber(_ pid: Int32, _ startTime: UInt64) -> Liveness {
        if kill(pid, 0) != 0 && errno == ESRCH { return .gone }
        // Ended, and not reaped yet. (A process whose first thread has ended looks the same, but shows its other threads.)
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

    /// A descriptor that becomes readable when the process ends; nil if it has ended already, or if there is none to be had: then
    /// `liveness` says what is known, and has to be asked again.
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

    /// Read after the pidfd was opened: from then on the pid cannot be given to another process unnoticed.
    private static func differs(_ pid: Int32, _ startTime: UInt64) -> Bool {
        guard startTime != 0, let now = self.startTime(of: pid) else { return false }
        return now != startTime
    }

    private static func hasEnded(_ pidfd: Int32) -> Bool {
        var waiting = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 1 && waiting.revents & Int16(POLLIN) != 0
    }

    /// More than the kernel lets a program have.
    private static let environmentLimit = 8 << 20

    package struct EnvironmentSearch: Sendable {
        package var found: (pid: Int32, startTime: UInt64)?
        /// Whether everybody who could be it has been looked at.
        package var isComplete = true
    }

    /// The process in whose initial environment `NAME=value` stands, the one trace of a command whose starter died before it could
    /// tell; not its children, who have it from it.
    ///
    /// - Parameter notBefore: the start time of its starter.
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
            // One that has ended meanwhile is nobody's command.
            let isHidden = environment == nil && errno != ENOENT && errno != ESRCH
            let carries = environment?.split(separator: 0).contains { $0.elementsEqual(wanted) } ?? false
            guard isHidden || carries else { continue }
            let startTime = startTime(of: pid)
            if let startTime, startTime < notBefore { continue }
            if carries, let startTime { found.append((pid, startTime)) } else { search.isComplete = false }
        }
        guard let first = found.map(\.startTime).min() else { return search }
        // A tick is long, and pids begin anew at their limit: of those that began in the same one, who is nobody's child.
        let eldest = found.filter { $0.startTime == first }
        search.found = eldest.first { one in !eldest.contains { $0.pid == parent(of: one.pid) } } ?? eldest[0]
        return search
    }

    /// Between asking a family to end (TERM) and making it (KILL).
    package static let killDelayMilliseconds: Int64 = 5000

    /// A signal to a process and all its descendants; never to the process group, which may be its caller's. Nothing happens if
    /// the process is another one by now.
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

    /// Nil if they cannot be listed, or only some of them (`hidepid`): the first process of every namespace is always there.
    private static func all() -> [Int32]? {
        guard isProcOurs else { return nil }
        let pids = Files.names(in: "/proc").compactMap { Int32($0) }
        return pids.contains(1) ? pids : nil
    }

    /// Whoever started flom may ignore the ends of its children, and so flom would: it could not learn how one has ended. Call first.
    package static func hearOfChildren() { flom_hear_of_children() }

    /// As the first process of a container flom would be deaf to TERM while it waits, and would leave zombies: then it goes on in a child.
    /// Call before anything is opened.
    package static func leaveFirstPlace() { flom_leave_first_place() }

    /// The effective user of a process; nil if that is not known.
    package static func user(of pid: Int32) -> UInt32? {
        // `Uid:` with the real, the effective, the saved one and that of files.
        statusLine("Uid:", of: pid).flatMap { line in
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            return words.count > 1 ? number(words[1]).map { UInt32(truncatingIfNeeded: $0) } : nil
        }
    }

    /// The signals that are pending for a process as a whole, bit n - 1 for signal n; nil if that is not known.
    package static func pendingSignals(of pid: Int32) -> UInt64? {
        statusLine("ShdPnd:", of: pid).flatMap { UInt64(String(decoding: $0.dropFirst(), as: UTF8.self), radix: 16) }
    }

    /// What `/proc/PID/status` has behind a label.
    private static func statusLine(_ label: String, of pid: Int32) -> ArraySlice<UInt8>? {
        Files.contents(of: "/proc/\(pid)/status", limit: 8192)?.split(separator: UInt8(ascii: "\n"))
            .first { $0.starts(with: label.utf8) }?.dropFirst(label.utf8.count)
    }

    /// The name that `ps` and `pgrep` show, at most 15 bytes.
    package static func setOwnName(_ name: String) { flom_set_process_name(name) }

    /// Whether this program has been given rights that its starter has not: a setuid bit, file capabilities.
    package static var isPrivileged: Bool { flom_is_privileged() != 0 }

    /// For whoever has read a private key: no core dump is written of this process from now on, and no other process of this user
    /// looks into its memory. A program that it executes is like any other again.
    package static func hideMemory() { flom_hide_memory() }
}
