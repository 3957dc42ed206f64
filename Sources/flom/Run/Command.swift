internal import CFlomSystem
internal import FlomEngine
internal import FlomSystem
internal import Glibc

/// The command that runs under the lock, as a child with flom's own stdio, directory, terminal and signal settings.
struct Command: ~Copyable {
    let process: ProcessIdentity
    private let signals: Descriptor

    /// Passed on to the command when a process sent them to flom. What the terminal sends reaches both by itself.
    private static let forwarded = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]

    /// - Parameters:
    ///   - words: the command's words, as bytes.
    ///   - environment: what a lock adds, in the place of what an outer one has added; nil leaves all as it is.
    /// - Throws: `Failure` 97 with the system's reason.
    static func start(words: [[UInt8]], environment: [String]?) throws(Failure) -> Command {
        var mask = [UInt8](repeating: 0, count: Int(flom_signal_mask_size()))
        let handled = forwarded + [SIGCHLD]
        let signals = flom_signalfd(handled, Int32(handled.count), &mask)
        guard signals >= 0 else { throw Failure(.cannotExecute, "\(SystemError("signalfd"))") }

        var variables = inherited(all: environment == nil) + (environment ?? []).map { strdup($0) } + [nil]
        let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() {
            (arguments + index).initialize(to: strdup(word.map { CChar(bitPattern: $0) } + [0]))
        }
        (arguments + words.count).initialize(to: nil)
        // As many as the command has, for as long as it runs: nothing to give back.
        let name = String(decoding: words[0], as: UTF8.self)
        var pid: pid_t = 0
        var result = flom_spawn(&pid, name, arguments, &variables, mask)
        if result == ENOEXEC { result = spawnScript(&pid, name, arguments, &variables, mask) }
        guard result == 0 else {
            let reason = SystemError("exec", name, code: result).reason
            throw Failure(.cannotExecute, "the command '\(name)' cannot be executed: \(reason)", code: -106)
        }
        // Whoever ignores SIGCHLD, and so flom, would never learn the command's status; the command has its setting already.
        signal(SIGCHLD, SIG_DFL)
        return Command(
            process: ProcessIdentity(pid: pid, startTime: Processes.startTime(of: pid) ?? 0), signals: Descriptor(owning: signals)
        )
    }

    /// The caller's environment without the variables of an outer flom.
    private static func inherited(all: Bool) -> [UnsafeMutablePointer<CChar>?] {
        var entries: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let entry = next.pointee {
            if all || strncmp(entry, "FLOM_", 5) != 0 || !CommandEnvironment.isOurs(String(cString: entry)) {
                entries.append(entry)
            }
            next += 1
        }
        return entries
    }

    /// A script without `#!` is the shell's, as execvp has it.
    private static func spawnScript(
        _ pid: inout pid_t, _ name: String, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
        _ variables: inout [UnsafeMutablePointer<CChar>?], _ mask: [UInt8]
    ) -> Int32 {
        guard let path = located(name) else { return ENOENT }
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup(path)]
        var next = arguments + 1
        while let word = next.pointee {
            words.append(word)
            next += 1
        }
        words.append(nil)
        return flom_spawn(&pid, "/bin/sh", &words, &variables, mask)
    }

    private static func located(_ name: String) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/bin:/usr/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Until the command has ended; signals sent to flom go to the command meanwhile, and its locks are tended.
    func wait(tending sessions: [LockSession], words: [[UInt8]]) -> Completion {
        while true {
            var status: Int32 = 0
            let ended = waitpid(process.pid, &status, WNOHANG)
            if ended == process.pid {
                return flom_wait_has_exited(status) != 0
                    ? .exited(status: UInt8(truncatingIfNeeded: flom_wait_exit_status(status)))
                    : .signalled(flom_wait_signal(status))
            }
            // It ended while SIGCHLD was still ignored, as whoever started flom had it: the kernel kept no status.
            if ended < 0 && errno == ECHILD { return .exited(status: 0) }
            var waiting = [pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)]
            var deadline = Deadline.never
            for session in sessions {
                if let descriptor = session.descriptor {
                    waiting.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                }
                deadline = Deadline.earlier(deadline, session.nextDeadline)
            }
            poll(&waiting, nfds_t(waiting.count), deadline.pollMilliseconds)
            forward()
            // The end of a short command is the usual reason; then there is nothing to tend.
            if waiting[0].revents == 0 { for session in sessions { session.tend(process, words: words) } }
        }
    }

    private func forward() {
        var found = flom_signal()
        while flom_read_signal(signals.number, &found) == 1 {
            if found.number != SIGCHLD && found.sent_by_process != 0 { kill(process.pid, found.number) }
        }
    }
}
