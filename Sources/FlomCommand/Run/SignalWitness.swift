internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// A process beside flom, of the same process group, that does nothing but get signals: what it has got as well was meant for more than
/// flom, and the command has it. A signal does not say to whom it was sent, so there is no other way to know.
///
/// It blocks everything, so signals stay pending in it, where flom reads them. To forget them it is replaced.
struct SignalWitness: ~Copyable {
    private let pid: pid_t

    /// Nil if no process can be had. All signals have to be blocked.
    init?() {
        let pid = flom_start_witness(CommandLine.unsafeArgv, CommandLine.argc)
        guard pid > 0 else { return nil }
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        flom_end_witness(pid)
    }

    /// Ends it soon; whoever has to wait for its end later waits less.
    func dismiss() { kill(pid, SIGKILL) }

    /// Bit n - 1 for signal n; nil if that cannot be seen.
    var received: UInt64? { Processes.pendingSignals(of: pid) }
}
