internal import CFlomSystem
internal import Glibc

/// The likely addressee of a signal, as far as its number and sender tell.
enum SignalOrigin {
    static func stops(_ number: Int32) -> Bool { number == SIGTSTP || number == SIGTTIN || number == SIGTTOU }

    /// Whether the signal has probably reached the command too, where no witness can say.
    static func presumablyReachesGroup(_ signal: flom_signal) -> Bool {
        if signal.sent_by_process != 0 {
            // A process of the group that stops flom means the whole group, as vim does. Shells continue the group.
            return signal.number == SIGCONT || (stops(signal.number) && getpgid(signal.sender) == getpgrp())
        }
        switch signal.number {
        case SIGHUP: return !isSessionLeader
        // A timer or the like that the program before flom has set, for the command.
        case SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGURG, SIGPWR: return false
        // Signals of the terminal, and what the kernel reports to flom itself.
        default: return true
        }
    }

    private static var isSessionLeader: Bool { getsid(0) == getpid() }
}

/// The signals that the witness has got.
struct WitnessedSignals {
    /// Bit n - 1 for signal n.
    let bits: UInt64

    /// Whether the signal reached the witness. A stop and a continue cancel each other, so only the later of the two is still
    /// pending.
    func contain(_ number: Int32) -> Bool {
        if number == SIGCONT { return has(number) || [SIGTSTP, SIGTTIN, SIGTTOU].contains { has($0) } }
        return has(number) || (SignalOrigin.stops(number) && has(SIGCONT))
    }

    private func has(_ number: Int32) -> Bool { bits & 1 << UInt64(number - 1) != 0 }
}
