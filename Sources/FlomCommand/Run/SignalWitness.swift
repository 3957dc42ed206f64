internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// A process in flom's process group that does nothing but receive signals. A signal that it has got too was sent to the group,
/// so the command has got it as well. A signal itself does not say to whom it was sent.
///
/// The witness blocks all signals, so they stay pending and flom can read them. It is replaced to forget them.
struct SignalWitness: ~Copyable {
    private let pid: pid_t

    /// Nil if no process can be made. All signals must be blocked in the caller.
    init?() {
        let pid = flom_start_witness(CommandLine.unsafeArgv, CommandLine.argc)
        guard pid > 0 else { return nil }
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        flom_end_witness(pid)
    }

    /// Kills the witness without waiting for its end, so that the later wait is short.
    func dismiss() { kill(pid, SIGKILL) }

    /// Bit n - 1 for signal n; nil if the kernel does not show it.
    var received: UInt64? { Processes.pendingSignals(of: pid) }
}
