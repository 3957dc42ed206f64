internal import FlomConfiguration

/// One option: its spellings, its key in configuration files, its effect, and its descriptions in help, man page, shell
/// completions and sample file.
///
/// A class, because a look-up passes many options, and copying a structure of this size costs more than the look-up.
package final class Option: Sendable {
    package enum Argument: Sendable {
        case none
        case required(placeholder: String)
    }

    package let short: Character?
    package let long: String
    let argument: Argument
    /// Group and key in configuration files; nil for the command line only.
    package let key: (group: String, name: String)?
    /// One line.
    let help: String
    /// Whole sentences that the man page adds; empty where the line of help is enough.
    package let details: String
    /// The kind of its value, for shells that complete it.
    package let values: OptionValues
    /// Whether each use of the option or its key adds to the earlier ones; otherwise the last one wins.
    let isRepeatable: Bool
    /// For a repeatable option, whether the values of all files and options add up. Otherwise each file, and the command line,
    /// replaces the values of earlier files.
    let addsUpOverFiles: Bool
    /// For an option that flom answers itself at once: see `Information`.
    let information: Information?
    /// Makes the option's effect. A function, because a command passes many options and uses one or two.
    private let makeEffect: @Sendable () -> OptionEffect

    var effect: OptionEffect { makeEffect() }
    /// The value that settings have for the key. For every option with a key.
    package var shown: (@Sendable (Settings) -> ShownValue)? { effect.shown }
    /// What an empty value in a file does: as if nothing had been said of the key. Nil where there must be a value.
    var reset: (@Sendable (inout Settings) -> Void)? { effect.reset }

    private init(
        short: Character?, long: String, argument: Argument, key: (group: String, name: String)?, help: String,
        details: String = "", values: OptionValues = .any, isRepeatable: Bool = false, addsUpOverFiles: Bool = false,
        information: Information? = nil, effect: @escaping @Sendable () -> OptionEffect
    ) {
        self.short = short
        self.long = long
        self.argument = argument
        self.key = key
        self.help = help
        self.details = details
        self.values = values
        self.isRepeatable = isRepeatable
        self.addsUpOverFiles = addsUpOverFiles
        self.information = information
        makeEffect = effect
    }

    /// `-r, --resource-name`, or the part of it that exists.
    var spelling: String { short.map { "-\($0), --\(long)" } ?? "    --\(long)" }

    /// `NAME`; nil for an option without a value.
    package var placeholder: String? { if case .required(let placeholder) = argument { placeholder } else { nil } }
}

/// The kind of a value, as far as a shell can complete it.
package enum OptionValues: Sendable {
    case any
    case file
    case directory
    /// One of these words. A function, because an ordinary command does not need them.
    case words(@Sendable () -> [String])
    /// The name of a resource.
    case resource
    case host
    case user
    case interface

    /// The words of a type that accepts nothing else.
    static func wordsOf<Word: RawRepresentable & CaseIterable & Sendable>(_ type: Word.Type) -> OptionValues
    where Word.RawValue == String { .words { Word.allCases.map(\.rawValue) } }

    static let yesOrNo = OptionValues.words { ["yes", "no"] }
}

extension Option {
    /// An option with a value.
    convenience init(
        _ short: Character?, _ long: String, _ placeholder: String, _ key: (group: String, name: String)?, _ help: String,
        details: String = "", values: OptionValues = .any, isRepeatable: Bool = false,
        addsUpOverFiles: Bool = false, information: Information? = nil,
        shown: (@Sendable (Settings) -> ShownValue)? = nil, reset: (@Sendable (inout Settings) -> Void)? = nil,
        apply: @escaping @Sendable (inout Settings, [UInt8]) throws(Value.Refused) -> Void
    ) {
        self.init(
            short: short, long: long, argument: .required(placeholder: placeholder), key: key, help: help, details: details,
            values: values, isRepeatable: isRepeatable, addsUpOverFiles: addsUpOverFiles, information: information
        ) { OptionEffect(shown: shown, reset: reset, settings: apply) }
    }

    /// With a value that its effect says all about.
    convenience init(
        _ short: Character?, _ long: String, _ placeholder: String, _ key: (group: String, name: String)?, _ help: String,
        details: String = "", values: OptionValues = .any, isRepeatable: Bool = false, addsUpOverFiles: Bool = false,
        information: Information? = nil, _ effect: @autoclosure @escaping @Sendable () -> OptionEffect
    ) {
        self.init(
            short: short, long: long, argument: .required(placeholder: placeholder), key: key, help: help, details: details,
            values: values, isRepeatable: isRepeatable, addsUpOverFiles: addsUpOverFiles, information: information, effect: effect
        )
    }

    /// An option without a value.
    package convenience init(
        _ short: Character?, _ long: String, _ key: (group: String, name: String)?, _ help: String, details: String = "",
        shown: (@Sendable (Settings) -> ShownValue)? = nil, reset: (@Sendable (inout Settings) -> Void)? = nil,
        apply: @escaping @Sendable (inout Settings) -> Void
    ) {
        self.init(
            short: short, long: long, argument: .none, key: key, help: help, details: details
        ) {
            OptionEffect(shown: shown, reset: reset, apply: { reader, _ throws(Value.Refused) in apply(&reader.settings) })
        }
    }

    /// An option that flom answers itself.
    package convenience init(_ short: Character?, _ long: String, _ help: String, information: Information) {
        self.init(
            short: short, long: long, argument: .none, key: nil, help: help, information: information
        ) {
            OptionEffect(shown: nil, reset: nil, apply: { _, _ throws(Value.Refused) in })
        }
    }
}
