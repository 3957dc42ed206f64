/// `--help`: the option table, section by section.
enum HelpText {
    static let usage = [
        ("[OPTION…] [--] COMMAND [ARGUMENT…]", "run COMMAND while holding a lock"),
        ("--history [-r NAME] [OPTION…]", "who held or waited for what"),
        ("--stats [-r NAME] [OPTION…]", "how much was waited and held"),
        ("--status [-r NAME] [OPTION…]", "who holds and who waits now"),
        ("--check [-r NAME] [OPTION…]", "the same as one line and an exit status, for Nagios and the like"),
        ("-x | -X | --restart | --break …", "end or replace the daemon, take a lock away"),
    ]

    static let statuses = [
        (96, "the resource does not exist, and neither -e nor -o lets flom create it or wait for it"),
        (97, "no command, or it cannot be executed"),
        (98, "the resource is held by others, and -o did not let flom wait (longer)"),
        (99, "anything else"),
    ]

    /// Lines with their newlines.
    static var text: String {
        var lines = ["Usage:"]
        lines += aligned(usage.map { ("flom " + $0.0, $0.1) })
        let width = OptionTable.all.map { heading($0).count }.max() ?? 0
        for section in OptionSection.allCases {
            lines += ["", "\(section.title):"] + aligned(section.options.map { (heading($0), $0.help) }, width: width)
            if !section.examples.isEmpty {
                lines += [""] + aligned(section.examples.map { ($0.command, "# " + $0.effect) }, indent: 4)
            }
        }
        lines += ["", "Exit status: the command's own, 128+N if signal N ended it, or"]
        lines += statuses.map { "  \($0.0)  \($0.1)" }
        lines += ["", "Files: /etc/flom.conf, ~/.flom, ~/.config/flom/flom.conf, -c FILE; flom --print config shows all keys."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func aligned(_ rows: [(String, String)], width: Int? = nil, indent: Int = 2) -> [String] {
        let width = width ?? rows.map(\.0.count).max() ?? 0
        return rows.map { left, right in
            String(repeating: " ", count: indent) + left + String(repeating: " ", count: width - left.count) + "  " + right
        }
    }

    private static func heading(_ option: Option) -> String {
        option.placeholder.map { "\(option.spelling) \($0)" } ?? option.spelling
    }
}
