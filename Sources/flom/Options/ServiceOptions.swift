/// For service managers.
extension OptionTable {
    static let service = [
        Option(
            nil, "foreground", nil,
            "be the daemon, in this process, with its log on stderr; lives for ever without -d, reloads on SIGHUP"
        ) { settings in settings.action = .foreground }
    ]
}
