internal import CFlomSystem
internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// The signals that flom gets while its command runs. Each reaches the command exactly once, and none ends flom.
///
/// Job control looks as if the command ran without flom. The shell sees only flom, so flom stops if and only if the command has
/// stopped, and both continue together.
struct CommandSignals: ~Copyable {
    /// Age of a command in milliseconds at which it gets a signal witness. Before that no process can know the command and signal
    /// it.
    private static let untilWitnessMilliseconds: Int64 = 1
    /// How long to wait for a signal to reach the other processes too: `timeout` signals its child and then the group, systemd
    /// one process after the other.
    private static let patienceMilliseconds: Int64 = 10

    /// How often in a row the witness is renewed while signals keep coming.
    private static let mostRenewals = 16

    private let source: Descriptor
    private let ignored: SignalSet
    /// The signal mask with which flom was started; it is the command's.
    let commandMask: [UInt8]
    /// Whether a signal that stops the whole process group, flom included, has come since the command last continued.
    private var isToldToStop = false
    private var witness: SignalWitness?
    private var witnessIsDueAt = Deadline.never
    private var hasSaidDenied = false

    /// Takes the signals from now on.
    ///
    /// - Parameter ignored: signals that have no effect.
    /// - Throws: `Failure` 97 with the system's reason.
    init(ignoring ignored: SignalSet) throws(Failure) {
        var mask = [UInt8](repeating: 0, count: Int(flom_signal_mask_size()))
        let source = flom_signalfd_of_all(&mask)
        guard source >= 0 else { throw Failure(.cannotExecute, "\(SystemError("signalfd"))") }
        self.source = Descriptor(owning: source)
        self.ignored = ignored
        commandMask = mask
    }

    /// The descriptor that becomes readable when a signal comes, for `poll`.
    var descriptor: Int32 { source.number }

    // MARK: - Passing on

    /// Reads the pending signals, and passes on those that the command has not got.
    mutating func forward(to command: ProcessIdentity) {
        var found: [flom_signal] = []
        read(into: &found)
        guard !found.isEmpty else { return }
        let seen = witnessed(&found, command)
        for signal in found { pass(signal, seen, command) }
    }

    /// Adds the signals that are neither ignored nor flom's own business.
    private func read(into found: inout [flom_signal]) {
        var signal = flom_signal()
        while flom_read_signal(source.number, &signal) == 1 {
            if ignored.contains(signal.number) { continue }
            // SIGCHLD of the command's end or stop, and signals that flom causes itself, such as SIGPIPE.
            if signal.sent_by_process == 0 ? signal.number == SIGCHLD : signal.sender == getpid() { continue }
            found.append(signal)
        }
    }

    private mutating func pass(_ signal: flom_signal, _ seen: WitnessedSignals?, _ command: ProcessIdentity) {
        let number = signal.number
        let isByProcess = signal.sent_by_process != 0
        let reachedCommand = seen?.contain(number) ?? SignalOrigin.presumablyReachesGroup(signal)
        Trace.step(
            .execution,
            "signal \(number) from \(isByProcess ? "process \(signal.sender)" : "the terminal or the kernel")"
                + (reachedCommand ? ", for the process group" : ""))
        if number == SIGCONT { isToldToStop = false }
        if SignalOrigin.stops(number) { isToldToStop = true }
        if !reachedCommand {
            pass(signal, to: command)
        } else if isByProcess && signal.sender_user != 0 && kill(command.pid, 0) != 0 && errno == EPERM {
            // The sender could not reach the command either.
            sayDenied(number, command)
        }
        if number == SIGCONT { continueIfStopped(command) }
    }

    private mutating func pass(_ signal: flom_signal, to command: ProcessIdentity) {
        var signal = signal
        if flom_pass_signal(command.pid, &signal) != 0 && errno == EPERM { sayDenied(signal.number, command) }
    }

    /// Says that a signal cannot be passed on. Only the command's user or root can end it now, so it keeps the lock and flom
    /// waits.
    private mutating func sayDenied(_ number: Int32, _ command: ProcessIdentity) {
        guard !hasSaidDenied else { return }
        hasSaidDenied = true
        let owner = Processes.user(of: command.pid).map { "runs as uid \($0)" } ?? "runs as another user"
        StandardError.say(
            "\(Signals.shown(number)) cannot be passed on to the command: pid \(command.pid) \(owner), which uid \(geteuid()) may not "
                + "signal; its lock is held until it ends")
    }

    // MARK: - The witness

    /// The time for `callWitness`.
    var witnessIsDue: Deadline { witnessIsDueAt }

    /// Call it when the command runs.
    mutating func begin() { witnessIsDueAt = .after(milliseconds: Self.untilWitnessMilliseconds) }

    /// Starts the witness when it is due. Call it after each wait.
    mutating func callWitness() {
        guard witnessIsDueAt.hasPassed else { return }
        witnessIsDueAt = .never
        witness = SignalWitness()
        Trace.step(.execution, witness == nil ? "there is no witness: \(SystemError("clone"))" : "a witness of signals is there")
    }

    /// Call it when the command has ended.
    func dismissWitness() { witness?.dismiss() }

    /// The signals that the witness has got, once all receivers have got theirs. Signals that come meanwhile are added to
    /// `found`. Nil if the witness says nothing about the command.
    private mutating func witnessed(_ found: inout [flom_signal], _ command: ProcessIdentity) -> WitnessedSignals? {
        guard let old = witness.take() else { return nil }
        guard getpgid(command.pid) == getpgrp() else {
            witness = consume old
            return found.allSatisfy { $0.sent_by_process != 0 } ? WitnessedSignals(bits: 0) : nil
        }
        let limit = Deadline.after(milliseconds: Self.patienceMilliseconds)
        while !limit.hasPassed {
            guard let bits = old.received else { break }
            let seen = WitnessedSignals(bits: bits)
            if found.allSatisfy({ seen.contain($0.number) }) { break }
            Clock.sleep(milliseconds: 1)
        }
        // The new witness is made first, so that no signal is missed in between. A signal to the whole group has reached flom
        // when a process has been made. Signals that have come by then reached both, so the new witness must have none.
        for _ in 0..<Self.mostRenewals {
            let next = SignalWitness()
            let count = found.count
            read(into: &found)
            guard found.count > count else {
                witness = next
                break
            }
        }
        if witness == nil { begin() }
        return old.received.map { WitnessedSignals(bits: $0) }
    }

    // MARK: - Job control

    /// Stops flom when the command has stopped, where a shell waits for that; returns when flom is continued.
    mutating func follow(stop number: Int32, of command: ProcessIdentity) {
        Trace.step(.execution, "the command was stopped by signal \(number)")
        // Only the signals that came with the stop tell whether the whole group was meant.
        forward(to: command)
        guard !ignored.contains(number), isToldToStop || isWatchedByShell else { return }
        isToldToStop = false
        flom_stop(number)
        Trace.step(.execution, "continued")
        continueIfStopped(command)
    }

    /// Whether a shell would continue flom. Under cron or systemd none would: a person who stops the command there continues only the
    /// command.
    private var isWatchedByShell: Bool {
        let parent = getppid()
        // The first process of a container keeps flom in a group of its own, and is no shell.
        return parent != 1 && getsid(parent) == getsid(0) && getpgid(parent) != getpgrp()
    }

    /// The command's process group may differ from flom's, which the shell continues.
    private func continueIfStopped(_ command: ProcessIdentity) {
        if Processes.isStopped(pid: command.pid) { kill(command.pid, SIGCONT) }
    }
}
