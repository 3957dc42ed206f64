internal import FlomConfiguration

/// Options about flom itself.
extension OptionTable {
    static let general = [
        Option(
            "c", "config-file", "FILE", nil, "read this configuration file after the usual ones",
            details:
                "A mistake in it ends flom; mistakes in the usual files are reported and skipped. The last one of several counts.",
            values: .file, .value(Value.path) { $0.configurationFile = $1 }),
        Option(
            "V", "verbose", ("Trace", "Verbose"), "list the settings before the command runs, and report what is done",
            shown: { .flag($0.verbose) }, reset: { $0.verbose = false },
            apply: { settings in settings.verbose = true }),
        Option(nil, "show-config", nil, "show every setting and where it comes from: default, file and line, or option") {
            settings in settings.action = .showConfiguration
        },
        Option(
            nil, "doctor", nil, "look for problems of files, socket, journal, clock and network, and suggest remedies",
            details: """
                It looks at what a command with the same -s, -a, -A, -c and --journal would use, starts no daemon and changes nothing. The exit status
                is 1 if there is a problem, otherwise 0. --format json is for programs.
                """
        ) { settings in settings.action = .doctor },
        Option(
            nil, "debug-feature", "NAME", nil,
            "try IPv6.Multicast.Server or .Client, TLS.Server or .Client; -o says for how long (default 30000)",
            details: "Whether datagrams or TLS connections pass between two hosts: Server on one, then Client on the other.",
            values: .words { DebugFeature.allCases.map(\.rawValue) }
        ) {
            settings, value throws(Value.Refused) in
            // An unknown feature ends flom with another status than other mistakes.
            settings.debugFeature = text(value)
        },
        Option(
            nil, "print", "WHAT", nil,
            "print man (the man page), bash, zsh, fish (completions) or config (a sample file)",
            values: .wordsOf(PrintedText.self), information: .print, .value(Value.word) { $0.printed = $1 }),
        Option(nil, "signal-list", "list numbers and names of the signals", information: .signalList),
        Option(
            nil, "unique-id", "show the machine id, which certificates of this host carry as their name",
            information: .uniqueID),
        Option(
            "v", "version", "show the version; with -V also those of the libraries in it, and their licences",
            information: .version),
        Option("h", "help", "show this help; also -?", information: .help),
        Option(nil, "help-all", "the same as --help", information: .help),
    ]
}
