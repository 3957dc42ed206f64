/// The options about flom while its command runs.
package struct MonitorSettings {
    /// Signals that neither end flom nor reach the command through it.
    package private(set) var ignoredSignals = SignalSet()
    /// Whether a configuration file is being read, in which each list replaces the previous one.
    var readsFile = false
    /// Whether the signals come from files; the first one that is typed replaces them.
    private var isInherited = false

    mutating func ignore(_ value: String) throws(Value.Refused) {
        if readsFile {
            var list = SignalSet()
            for name in value.split(separator: ";") { list.insert(try Self.signal(String(name))) }
            ignoredSignals = list
            isInherited = true
        } else {
            let signal = try Self.signal(value)
            if isInherited { ignoredSignals = SignalSet() }
            isInherited = false
            ignoredSignals.insert(signal)
        }
    }

    private static func signal(_ text: String) throws(Value.Refused) -> Int32 {
        if let number = Signals.number(text) { return number }
        throw Value.Refused(
            accepted: "a number from 1 to \(Signals.numbers.upperBound) or a name, with or without SIG: "
                + Signals.numbers.map { String(Signals.name($0).dropFirst(3)) }.joined(separator: " "))
    }

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
            shown: { .list($0.monitor.shown, joiner: ";") },
            apply: { settings, value throws(Value.Refused) in try settings.monitor.ignore(text(value)) })
    ]
}
