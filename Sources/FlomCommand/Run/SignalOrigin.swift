internal import CFlomSystem
internal import Glibc

/// Whom a signal was for, as far as its number and its sender tell.
enum SignalOrigin {
    static func stops(_ number: Int32) -> Bool { number == SIGTSTP || number == SIGTTIN || number == SIGTTOU }

    /// Whether the command has probably got it too, where no witness says.
    static func presumablyReachesGroup(_ signal: flom_signal) -> Bool {
        if signal.sent_by_process != 0 {
            // A process of the group that stops it means all of it, as vim does. Shells continue the group.
            return signal.number == SIGCONT || (stops(signal.number) && getpgid(signal.sender) == getpgrp())
        }
        switch signal.number {
        case SIGHUP: return !isSessionLeader
        // A timer or the like that whoever executed flom has set, for the command.
        case SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGURG, SIGPWR: return false
        // The terminal's; and what the kernel says of flom itself.
        default: return true
        }
    }

    private static var isSessionLeader: Bool { getsid(0) == getpid() }
}

/// Those that the witness has got.
struct WitnessedSignals {
    /// Bit n - 1 for signal n.
    let bits: UInt64

    /// What stops takes back what continues, and the other way round: of the two only the last one is left.
    func contain(_ number: Int32) -> Bool {
        if number == SIGCONT { return has(number) || [SIGTSTP, SIGTTIN, SIGTTOU].contains { has($0) } }
        return has(number) || (SignalOrigin.stops(number) && has(SIGCONT))
    }

    private func has(_ number: Int32) -> Bool { bits & 1 << UInt64(number - 1) != 0 }
}
