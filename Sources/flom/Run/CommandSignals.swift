internal import CFlomSystem
internal import FlomEngine
internal import FlomSystem
internal import Glibc

/// The signals that flom gets while its command runs. Job control has to look as if the command ran without flom: the shell sees
/// flom, so flom stops when, and only when, the command has stopped, and both go on together.
struct CommandSignals: ~Copyable {
    /// The first four are passed on to the command when a process sent them to flom. What the terminal sends reaches both by itself.
    private static let handled = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD]
    private static func stops(_ number: Int32) -> Bool { number == SIGTSTP || number == SIGTTIN || number == SIGTTOU }

    private let source: Descriptor
    private let ignored: SignalSet
    /// As it was when flom was started: the command's.
    let commandMask: [UInt8]
    /// A signal that should stop all of the process group, flom too, has come since the command went on last.
    private var isToldToStop = false

    /// Takes the signals from now on.
    ///
    /// - Parameter ignored: those that are to mean nothing.
    /// - Throws: `Failure` 97 with the system's reason.
    init(ignoring ignored: SignalSet) throws(Failure) {
        var mask = [UInt8](repeating: 0, count: Int(flom_signal_mask_size()))
        var handled = Self.handled
        if !ignored.isEmpty { handled += ignored.numbers.filter { !Signals.isUntouchable($0) } }
        let source = flom_signalfd(handled, Int32(handled.count), &mask)
        guard source >= 0 else { throw Failure(.cannotExecute, "\(SystemError("signalfd"))") }
        self.source = Descriptor(owning: source)
        self.ignored = ignored
        commandMask = mask
    }

    /// For `poll`.
    var descriptor: Int32 { source.number }

    /// Reads what has come, and passes on what is the command's.
    mutating func forward(to command: ProcessIdentity) {
        var found = flom_signal()
        while flom_read_signal(source.number, &found) == 1 {
            let number = found.number
            guard number != SIGCHLD, !ignored.contains(number) else { continue }
            let isByProcess = found.sent_by_process != 0
            Trace.step(
                .execution, "signal \(number) from \(isByProcess ? "process \(found.sender)" : "the terminal or the kernel")")
            if number == SIGCONT {
                isToldToStop = false
                continueIfStopped(command)
            } else if Self.stops(number) {
                isToldToStop = true
                // A process of the group means all of it, as vim does: the command has been told.
                if isByProcess && getpgid(found.sender) != getpgrp() { kill(command.pid, number) }
            } else if isByProcess {
                kill(command.pid, number)
            }
        }
    }

    /// The command has stopped: so does flom, where a shell waits for that, until it is continued.
    mutating func follow(stop number: Int32, of command: ProcessIdentity) {
        Trace.step(.execution, "the command was stopped by signal \(number)")
        // Only with those that came with the stop it is known whether all of the group was meant.
        forward(to: command)
        guard !ignored.contains(number), isToldToStop || isWatchedByShell else { return }
        isToldToStop = false
        flom_stop(number)
        Trace.step(.execution, "continued")
        continueIfStopped(command)
    }

    /// Without such a shell, under cron or systemd, nobody would ever continue flom: whoever stops a command there continues the
    /// command only.
    private var isWatchedByShell: Bool {
        let parent = getppid()
        return getsid(parent) == getsid(0) && getpgid(parent) != getpgrp()
    }

    /// Its process group, which the shell continues, may be another one than flom's.
    private func continueIfStopped(_ command: ProcessIdentity) {
        if Processes.isStopped(pid: command.pid) { kill(command.pid, SIGCONT) }
    }
}
