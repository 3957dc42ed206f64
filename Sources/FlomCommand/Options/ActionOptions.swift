/// What flom does instead of running a command under a lock.
extension OptionTable {
    static let administration = [
        Option(nil, "break", nil, "take a lock away: from all who hold -r, or from --request") { settings in
            settings.action = .breakLock
        },
        Option(nil, "request", "NUMBER", nil, "the request to break, as --status --format json numbers it") {
            settings, value throws(Value.Refused) in
            settings.request = try Value.integer(text(value), in: 1...Int64.max)
        },
        Option(nil, "reason", "TEXT", nil, "why a lock is broken, for the record") { settings, value throws(Value.Refused) in
            settings.reason = text(value)
        },
        Option(nil, "yes", nil, "break without asking") { settings in settings.isConfirmed = true },
        Option(nil, "restart", nil, "replace the running daemon by the program that is on disk now; all locks and places stay") {
            settings in settings.action = .restart
        },
        Option(
            nil, "fence", "FILE", nil,
            "run the command only if FLOM_FENCING_TOKEN is not older than the newest in FILE; record it there",
            values: .file
        ) {
            settings, value throws(Value.Refused) in
            settings.action = .fence(file: try Value.path(text(value)))
        },
    ]
}
