/// One option: its spellings, its key in configuration files, its help, and what it does. Parsing, files and help all read
/// this one table.
struct Option: Sendable {
    enum Argument: Sendable {
        case none
        case required(placeholder: String)
    }

    let short: Character?
    let long: String
    let argument: Argument
    /// Group and key in configuration files; nil if it is for the command line only.
    let key: (group: String, name: String)?
    let help: String
    /// The value that settings have for the key, as a configuration file writes it. For every option with a key.
    let shown: (@Sendable (Settings) -> String)?
    /// Gets the bytes of the value; empty for an option without one.
    let apply: @Sendable (inout Settings, [UInt8]) throws(Value.Refused) -> Void

    /// `-r, --resource-name`, or as much of it as there is.
    var spelling: String { short.map { "-\($0), --\(long)" } ?? "    --\(long)" }
}

enum OptionTable {
    /// In the order of `--help`.
    static let all: [Option] = resource + loss + daemon + network + journal + administration + reports + status + trace + general

    static func text(_ value: [UInt8]) -> String { String(decoding: value, as: UTF8.self) }

    static func named(short: Character) -> Option? {
        all.first { $0.short == short } ?? (short == "?" ? named(long: "help") : nil)
    }

    static func named(long: String) -> Option? { all.first { $0.long == long } }

    static func forKey(group: String, name: String) -> Option? {
        all.first { $0.key?.group == group && $0.key?.name == name }
    }

    static func knowsGroup(_ group: String) -> Bool { all.contains { $0.key?.group == group } }
}

extension Option {
    init(
        _ short: Character?, _ long: String, _ placeholder: String, _ key: (group: String, name: String)?, _ help: String,
        shown: (@Sendable (Settings) -> String)? = nil,
        apply: @escaping @Sendable (inout Settings, [UInt8]) throws(Value.Refused) -> Void
    ) {
        self.init(
            short: short, long: long, argument: .required(placeholder: placeholder), key: key, help: help, shown: shown,
            apply: apply)
    }

    init(
        _ short: Character?, _ long: String, _ key: (group: String, name: String)?, _ help: String,
        shown: (@Sendable (Settings) -> String)? = nil, apply: @escaping @Sendable (inout Settings) -> Void
    ) {
        self.init(short: short, long: long, argument: .none, key: key, help: help, shown: shown) {
            settings, _ throws(Value.Refused) in
            apply(&settings)
        }
    }
}
