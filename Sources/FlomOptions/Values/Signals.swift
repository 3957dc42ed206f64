internal import FlomConfiguration
internal import Glibc

/// The signals with names, by number.
package enum Signals {
    /// Name `i` is that of number `i + 1`.
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// 1 to 31.
    static var numbers: ClosedRange<Int32> { 1...Int32(names.count) }

    /// `SIGTERM`.
    ///
    /// - Parameter number: one of `numbers`.
    package static func name(_ number: Int32) -> String { "SIG" + names[Int(number) - 1] }

    /// `SIGTERM`, or `signal 34` for numbers above `numbers`, which have no names.
    package static func shown(_ number: Int32) -> String { numbers.contains(number) ? name(number) : "signal \(number)" }

    /// The number of `TERM`, `SIGTERM` or `15`, in any case; nil for everything else.
    package static func number(_ text: String) -> Int32? {
        // No sign and no leading zero, like all numbers in options.
        if let number = Int32(text), String(number) == text { return numbers.contains(number) ? number : nil }
        let word = text.uppercased()
        let name = word.hasPrefix("SIG") ? String(word.dropFirst(3)) : word
        return names.firstIndex(of: name).map { Int32($0) + 1 }
    }

    /// Whether no process can ignore or handle the signal.
    static func isUntouchable(_ number: Int32) -> Bool { number == SIGKILL || number == SIGSTOP }
}

/// A set of signals, as bits: the standard library's set costs every command as much as a round trip to the daemon.
package struct SignalSet: Hashable {
    private var bits: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { bits == 0 }
    package func contains(_ number: Int32) -> Bool { bits & 1 << UInt64(number) != 0 }
    package mutating func insert(_ number: Int32) { bits |= 1 << UInt64(number) }
    /// In ascending order.
    var numbers: [Int32] { Signals.numbers.filter(contains) }
}

extension Value {
    /// The number of a signal, from 1 to 31.
    static func signal(_ text: String) throws(Refused) -> Int32 {
        if let number = Signals.number(text) { return number }
        throw Refused(
            accepted: "a number from 1 to \(Signals.numbers.upperBound) or a name, with or without SIG: "
                + Signals.numbers.map { String(Signals.name($0).dropFirst(3)) }.joined(separator: " "))
    }
}
