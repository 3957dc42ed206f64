internal import CFlomSystem
internal import FlomModel
internal import FlomOptions
internal import FlomSystem
internal import Glibc

/// The signals that flom gets while its command runs: all that there are. The command gets each that it has not got already, once, and
/// flom ends by none.
///
/// Job control has to look as if the command ran without flom: the shell sees flom, so flom stops when, and only when, the command has
/// stopped, and both go on together.
struct CommandSignals: ~Copyable {
    /// A command that ends sooner needs no witness. Nobody can have heard of one that takes signals by then, and have sent it one.
    private static let untilWitnessMilliseconds: Int64 = 1
    /// `timeout` signals its child, then the group; systemd one process after the other. So long it is waited for others to get it.
    private static let patienceMilliseconds: Int64 = 10

    /// Of the witness in a row, while signals keep coming.
    private static let mostRenewals = 16

    private let source: Descriptor
    private let ignored: SignalSet
    /// As it was when flom was started: the command's.
    let commandMask: [UInt8]
    /// A signal that should stop all of the process group, flom too, has come since the command went on last.
    private var isToldToStop = false
    private var witness: SignalWitness?
    private var witnessIsDueAt = Deadline.never
    private var hasSaidDenied = false

    /// Takes the signals from now on.
    ///
    /// - Parameter ignored: those that are to mean nothing.
    /// - Throws: `Failure` 97 with the system's reason.
    init(ignoring ignored: SignalSet) throws(Failure) {
        var mask = [UInt8](repeating: 0, count: Int(flom_signal_mask_size()))
        let source = flom_signalfd_of_all(&mask)
        guard source >= 0 else { throw Failure(.cannotExecute, "\(SystemError("signalfd"))") }
        self.source = Descriptor(owning: source)
        self.ignored = ignored
        commandMask = mask
    }

    /// For `poll`.
    var descriptor: Int32 { source.number }

    // MARK: - Passing on

    /// Reads what has come, and passes on what is the command's.
    mutating func forward(to command: ProcessIdentity) {
        var found: [flom_signal] = []
        read(into: &found)
        guard !found.isEmpty else { return }
        let seen = witnessed(&found, command)
        for signal in found { pass(signal, seen, command) }
    }

    /// What is neither ignored nor flom's own business.
    private func read(into found: inout [flom_signal]) {
        var signal = flom_signal()
        while flom_read_signal(source.number, &signal) == 1 {
            if ignored.contains(signal.number) { continue }
            // That of the command's end or stop; and what flom brings upon itself by writing where nobody reads.
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
            // Whoever sent it could not reach the command either.
            sayDenied(number, command)
        }
        if number == SIGCONT { continueIfStopped(command) }
    }

    private mutating func pass(_ signal: flom_signal, to command: ProcessIdentity) {
        var signal = signal
        if flom_pass_signal(command.pid, &signal) != 0 && errno == EPERM { sayDenied(signal.number, command) }
    }

    /// Nobody but that user or root can end the command now: the lock stays with it, and flom waits.
    private mutating func sayDenied(_ number: Int32, _ command: ProcessIdentity) {
        guard !hasSaidDenied else { return }
        hasSaidDenied = true
        let owner = Processes.user(of: command.pid).map { "runs as uid \($0)" } ?? "runs as another user"
        StandardError.say(
            "\(Signals.shown(number)) cannot be passed on to the command: pid \(command.pid) \(owner), which uid \(geteuid()) may not "
                + "signal; its lock is held until it ends")
    }

    // MARK: - The witness

    /// When `callWitness` has something to do.
    var witnessIsDue: Deadline { witnessIsDueAt }

    /// The command runs from now on.
    mutating func begin() { witnessIsDueAt = .after(milliseconds: Self.untilWitnessMilliseconds) }

    /// Call after waiting.
    mutating func callWitness() {
        guard witnessIsDueAt.hasPassed else { return }
        witnessIsDueAt = .never
        witness = SignalWitness()
        Trace.step(.execution, witness == nil ? "there is no witness: \(SystemError("clone"))" : "a witness of signals is there")
    }

    /// The command has ended.
    func dismissWitness() { witness?.dismiss() }

    /// What the witness has got, when all that may get these signals has got them; what has come meanwhile joins them. Nil if that says
    /// nothing of the command.
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
        // The new one is made first: nothing is missed between the two, and a signal on its way to the whole group has reached it when
        // a process has been made. What has come by then both have got, so the new one has to be fresh.
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
        // The first process of a container looks after flom in a group of its own, and is no shell.
        return parent != 1 && getsid(parent) == getsid(0) && getpgid(parent) != getpgrp()
    }

    /// Its process group, which the shell continues, may be another one than flom's.
    private func continueIfStopped(_ command: ProcessIdentity) {
        if Processes.isStopped(pid: command.pid) { kill(command.pid, SIGCONT) }
    }
}
