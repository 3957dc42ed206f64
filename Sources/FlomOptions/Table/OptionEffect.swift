internal import FlomConfiguration

/// The effect of an option's value, and the form in which the setting is shown. One entry in the table reads, keeps and shows it.
struct OptionEffect: Sendable {
    let shown: (@Sendable (Settings) -> ShownValue)?
    let reset: (@Sendable (inout Settings) -> Void)?
    /// Gets the bytes of the value; empty for an option without one.
    let apply: Apply<SettingsReader>

    typealias Apply<Target> = @Sendable (inout Target, [UInt8]) throws(Value.Refused) -> Void
    typealias Parse<Parsed> = @Sendable (String) throws(Value.Refused) -> Parsed
    typealias Get<Parsed> = @Sendable (Settings) -> Parsed
    typealias Set<Parsed> = @Sendable (inout Settings, Parsed) -> Void

    /// An effect that depends on the position of the option, in a file or behind other options.
    static func reading(
        shown: @escaping @Sendable (Settings) -> ShownValue, reset: (@Sendable (inout Settings) -> Void)? = nil,
        _ apply: @escaping Apply<SettingsReader>
    ) -> OptionEffect { OptionEffect(shown: shown, reset: reset, apply: apply) }

    /// An effect for the command line only; nothing is shown.
    static func value<Parsed>(_ parse: @escaping Parse<Parsed>, _ set: @escaping Set<Parsed>) -> OptionEffect {
        OptionEffect(shown: nil, reset: nil, apply: applying(parse, set))
    }

    private static func applying<Parsed>(
        _ parse: @escaping Parse<Parsed>, _ set: @escaping Set<Parsed>
    ) -> Apply<SettingsReader> {
        { reader, bytes throws(Value.Refused) in set(&reader.settings, try parse(OptionTable.text(bytes))) }
    }

    /// A setting with a default value.
    static func value<Parsed>(
        _ get: @escaping Get<Parsed>, _ set: @escaping Set<Parsed>, _ parse: @escaping Parse<Parsed>,
        shown: @escaping @Sendable (Parsed) -> ShownValue
    ) -> OptionEffect {
        OptionEffect(shown: { shown(get($0)) }, reset: nil, apply: applying(parse, set))
    }

    /// A setting that may be absent: an empty value in a file takes back an earlier line.
    static func optional<Parsed>(
        _ get: @escaping Get<Parsed?>, _ set: @escaping Set<Parsed?>, _ parse: @escaping Parse<Parsed>,
        shown: @escaping @Sendable (Parsed?) -> ShownValue
    ) -> OptionEffect {
        OptionEffect(shown: { shown(get($0)) }, reset: { set(&$0, nil) }, apply: applying(parse) { set(&$0, $1) })
    }

    static func text(_ get: @escaping Get<String?>, _ set: @escaping Set<String?>, _ parse: @escaping Parse<String>)
        -> OptionEffect
    {
        optional(get, set, parse) { .text($0) }
    }

    /// - Parameter unit: the unit that a refusal names.
    static func integer<Number: FixedWidthInteger & Sendable>(
        _ get: @escaping Get<Number>, _ set: @escaping Set<Number>, in range: ClosedRange<Int64>, unit: String = ""
    ) -> OptionEffect {
        value(
            get, set, { text throws(Value.Refused) in Number(try Value.integer(text, in: range, unit: unit)) },
            shown: { .number($0) })
    }

    static func word<Word: RawRepresentable & CaseIterable & Sendable>(
        _ get: @escaping Get<Word>, _ set: @escaping Set<Word>
    ) -> OptionEffect where Word.RawValue == String {
        value(get, set, { text throws(Value.Refused) in try Value.word(text) }, shown: { .word($0.rawValue) })
    }

    static func flag(_ get: @escaping Get<Bool>, _ set: @escaping Set<Bool>) -> OptionEffect {
        value(get, set, { text throws(Value.Refused) in try Value.yesOrNo(text) }, shown: { .flag($0) })
    }
}

extension OptionEffect {
    /// An effect on the settings alone.
    init(
        shown: (@Sendable (Settings) -> ShownValue)?, reset: (@Sendable (inout Settings) -> Void)?,
        settings apply: @escaping Apply<Settings>
    ) {
        self.init(shown: shown, reset: reset) { reader, bytes throws(Value.Refused) in try apply(&reader.settings, bytes) }
    }
}
