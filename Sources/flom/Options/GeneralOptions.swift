/// What concerns flom itself.
extension OptionTable {
    static let general = [
        Option("c", "config-file", "FILE", nil, "read this configuration file after the usual ones") {
            settings, value throws(Value.Refused) in
            settings.configurationFile = try Value.path(text(value))
        },
        Option("V", "verbose", ("Trace", "Verbose"), "say what is used and done") { settings in settings.verbose = true },
        Option("v", "version", nil, "show the version") { settings in settings.action = .version },
        Option("h", "help", nil, "show this help") { settings in settings.action = .help },
    ]
}
