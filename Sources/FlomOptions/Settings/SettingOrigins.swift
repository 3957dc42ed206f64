/// The origins of settings, kept only for `--show-config`.
package final class SettingOrigins {
    package enum Origin {
        /// - place: `path:line`.
        case file(place: String)
        /// - word: index of the argument in which it was typed.
        case option(word: Int, value: [UInt8])
    }

    package init() {}

    private var origins: [String: [Origin]] = [:]

    func note(_ option: Option, _ origin: Origin) {
        guard let key = option.key else { return }
        let name = Self.name(key)
        let isTypedAgain = if case (.option, .option) = (origin, origins[name]?.last) { true } else { false }
        let addsUp = option.addsUpOverFiles || option.isRepeatable && isTypedAgain
        origins[name] = (addsUp ? origins[name] ?? [] : []) + [origin]
    }

    /// The origin of a key's value; nil for its default.
    ///
    /// - Parameter arguments: the words of the command line.
    package func text(of key: (group: String, name: String), arguments: [[UInt8]]) -> String? {
        guard let found = origins[Self.name(key)] else { return nil }
        return found.map { origin in
            switch origin {
            case .file(let place): return place
            case .option(let index, let value):
                let word = arguments[index]
                // The value is in the same word or the next one.
                let isJoined = value.isEmpty || word.count > value.count && word.suffix(value.count).elementsEqual(value)
                return OptionTable.text(isJoined ? word : word + [UInt8(ascii: " ")] + value)
            }
        }.joined(separator: ", ")
    }

    private static func name(_ key: (group: String, name: String)) -> String { "\(key.group)/\(key.name)" }
}
