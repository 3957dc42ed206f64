/// For service managers.
extension OptionTable {
    package static let service = [
        Option(nil, "foreground", nil, "be the daemon, in this process: log on stderr, -d -1 unless given, SIGHUP reloads") {
            settings in settings.action = .foreground
        }
    ]
}
