internal import FlomConfiguration

/// The options about flom while its command runs.
package struct MonitorSettings {
    /// Signals that neither end flom nor reach the command through it.
    package internal(set) var ignoredSignals = SignalSet()

    /// Sentences about signals that cannot be ignored. The command runs anyway, as with 1.7.2.
    package var remarks: [String] {
        guard !ignoredSignals.isEmpty else { return [] }
        return ignoredSignals.numbers.filter(Signals.isUntouchable).map { "\(Signals.name($0)) cannot be ignored" }
    }

    /// The signals as `-V` shows them, and as a file may write them.
    package var shown: [String] { ignoredSignals.numbers.map(Signals.name) }
}

extension OptionTable {
    package static let monitor = [
        Option(
            nil, "ignore-signal", "SIGNAL", ("Monitor", "IgnoredSignals"),
            "while the command runs, ignore this signal (TERM or 15) and do not pass it on; may be repeated",
            values: .words { Signals.numbers.map { String(Signals.name($0).dropFirst(3)) } }, isRepeatable: true,
            .reading(shown: { .list($0.monitor.shown, joiner: ";") }) { reader, value throws(Value.Refused) in
                try reader.ignore(text(value))
            })
    ]
}
