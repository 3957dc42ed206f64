/// A configuration file with every key, its default and its meaning. Lines `#Key=Value` are the defaults: without the `#` they
/// change nothing. Lines with a blank after the `#` are explanations.
enum SampleConfiguration {
    static var text: String {
        let keyed = OptionTable.all.filter { $0.key != nil && $0.shown != nil }
        let groups = keyed.reduce(into: [String]()) { groups, option in
            if let group = option.key?.group, !groups.contains(group) { groups.append(group) }
        }
        var lines = wrapped(
            """
            Configuration of flom, made by: flom --print config. It is read as /etc/flom.conf, then as ~/.flom, then as \
            ~/.config/flom/flom.conf, then as what -c names; later files win key by key, options win over files. Each line #Key=Value shows \
            a default, and an empty value is none. flom --show-config says what holds and where it comes from.
            """)
        let defaults = Settings()
        for group in groups {
            lines += ["", "[\(group)]"]
            for option in keyed where option.key?.group == group {
                guard let key = option.key, let value = option.shown?(defaults) else { continue }
                let meaning = option.help.prefix(1).uppercased() + option.help.dropFirst() + "."
                lines += [""] + wrapped(meaning + (option.details.isEmpty ? "" : " " + option.details))
                if case .words(let words) = option.values { lines += wrapped("One of: \(words().joined(separator: ", ")).") }
                if option.placeholder == nil { lines += wrapped("One of: yes, no.") }
                // A key without a default that an empty value cannot take back either.
                let isNothing = key == ("Resource", "Name") || value.isEmpty && option.reset == nil
                if isNothing { lines.append("# Without a default: \(key.name)=\(option.placeholder ?? "yes")") }
                if !isNothing { lines += value.configured.map { "#\(key.name)=\($0)" } }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The text as comment lines that fit a terminal of 80 columns.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = "#"
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if line.count + 1 + word.count > 79 {
                lines.append(line)
                line = "#"
            }
            line += " " + word
        }
        return lines + [line]
    }
}
