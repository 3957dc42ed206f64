/// One setting of a daemon: what a reload makes of it, and how the endpoint record keeps it. `all` has every field of `DaemonSettings`.
///
/// What is recorded is inherited by the daemon that goes on after a crash. For the rest that daemon asks its own starter.
package struct DaemonSetting: Sendable {
    /// The key in configuration files, or words for it where several keys make one field.
    package let key: String
    package let reload: Reload
    package let recorded: Recorded
    /// How two values differ, for the log of a reload: `KEY (5000 → -1)`. Empty where nothing is to be said.
    package let differences: @Sendable (_ old: DaemonSettings, _ new: DaemonSettings) -> [String]
    package let copy: @Sendable (_ source: DaemonSettings, _ target: inout DaemonSettings) -> Void

    /// What a running daemon does with a new value at a reload.
    package enum Reload: Sendable {
        case takesOver
        /// The value stays until a daemon is started when nothing is held.
        case keeps
    }

    /// How the endpoint record keeps a setting.
    package enum Recorded: Sendable {
        case no
        case line(RecordLine)
        /// The rules of access lie behind the page: see `RecordedRules`.
        case rules
        /// Paths and switches of TLS have six lines at the end. The content of the files is not recorded.
        case tls
    }

    package var isRecorded: Bool { if case .no = recorded { false } else { true } }
}

/// A line `KEY=TEXT` of the endpoint record.
package struct RecordLine: Sendable {
    let key: String
    /// Whether the first version wrote it: a record without it is none. The others have the default where the line is missing.
    let isRequired: Bool
    let text: @Sendable (DaemonSettings) -> String
    /// Takes over a text; false, with nothing changed, if it is no value.
    let read: @Sendable (String, inout DaemonSettings) -> Bool
}

/// A value on a line of the endpoint record.
struct RecordedValue<Value: Sendable>: Sendable {
    let key: String
    var isRequired = false
    let text: @Sendable (Value) -> String
    let value: @Sendable (String) -> Value?

    static func number(_ key: String, isRequired: Bool = false) -> RecordedValue where Value: FixedWidthInteger {
        RecordedValue(key: key, isRequired: isRequired, text: { "\($0)" }, value: { Value($0) })
    }

    static func word(_ key: String, isRequired: Bool = false) -> RecordedValue where Value: RawRepresentable<String> {
        RecordedValue(key: key, isRequired: isRequired, text: { $0.rawValue }, value: { Value(rawValue: $0) })
    }
}

extension DaemonSetting {
    typealias Field<Value> = any WritableKeyPath<DaemonSettings, Value> & Sendable

    /// On a line of the record.
    ///
    /// - Parameter shown: for the log; nil: as in the record.
    init<Value>(
        _ key: String, _ field: Field<Value>, _ reload: Reload, _ recorded: RecordedValue<Value>,
        shown: (@Sendable (Value) -> String)? = nil
    ) {
        self.init(key, field, reload, recorded, differences: Self.difference(key, shown ?? recorded.text))
    }

    /// On a line of the record, with a sentence of its own for the log.
    init<Value>(
        _ key: String, _ field: Field<Value>, _ reload: Reload, _ recorded: RecordedValue<Value>,
        differences: @escaping @Sendable (_ old: Value, _ new: Value) -> [String]
    ) {
        let line = RecordLine(
            key: recorded.key, isRequired: recorded.isRequired, text: { recorded.text($0[keyPath: field]) },
            read: { text, settings in
                guard let value = recorded.value(text) else { return false }
                settings[keyPath: field] = value
                return true
            })
        self.init(key, field, reload, .line(line), differences: differences)
    }

    /// Not recorded.
    init<Value>(_ key: String, _ field: Field<Value>, _ reload: Reload, shown: @escaping @Sendable (Value) -> String) {
        self.init(key, field, reload, .no, differences: Self.difference(key, shown))
    }

    init<Value>(
        _ key: String, _ field: Field<Value>, _ reload: Reload, _ recorded: Recorded,
        differences: @escaping @Sendable (_ old: Value, _ new: Value) -> [String]
    ) {
        self.key = key
        self.reload = reload
        self.recorded = recorded
        self.differences = { differences($0[keyPath: field], $1[keyPath: field]) }
        copy = { $1[keyPath: field] = $0[keyPath: field] }
    }

    private static func difference<Value>(
        _ key: String, _ shown: @escaping @Sendable (Value) -> String
    ) -> @Sendable (_ old: Value, _ new: Value) -> [String] {
        { change(key, from: shown($0), to: shown($1)) }
    }

    /// One difference; none between texts that are the same.
    package static func change(_ key: String, from old: String, to new: String) -> [String] {
        old == new ? [] : ["\(key) (\(old) → \(new))"]
    }
}
