internal import FlomDaemon

enum HelpText {
    static func print() {
        StandardOutput.print(
            """
            Usage:
              flom [OPTION…] [--] COMMAND [ARGUMENT…]   run COMMAND while holding a lock
              flom --history [-r NAME] [OPTION…]        who held or waited for what
              flom --stats [-r NAME] [OPTION…]          how much was waited and held
              flom --status [-r NAME] [OPTION…]         who holds and who waits now
              flom --check [-r NAME] [OPTION…]          the same as one line and a status for Nagios and its like

            Options:
            """)
        let width = OptionTable.all.map { heading($0).count }.max() ?? 0
        for option in OptionTable.all {
            let heading = heading(option)
            StandardOutput.print("  \(heading)\(String(repeating: " ", count: width - heading.count))  \(option.help)")
        }
        StandardOutput.print(
            """

            Exit status: the command's own, 128+N if signal N ended it, or
              96  the resource does not exist, and neither -e nor -o lets flom create it or wait for it
              97  no command, or it cannot be executed
              98  the resource is held by others, and -o did not let flom wait (longer)
              99  anything else
            """)
    }

    private static func heading(_ option: Option) -> String {
        if case .required(let placeholder) = option.argument { return "\(option.spelling) \(placeholder)" }
        return option.spelling
    }
}

enum VersionText {
    static func print() {
        StandardOutput.print("flom \(FlomVersion.current)\nspeaks FLoM 1.7.2, protocol level 3")
    }
}
