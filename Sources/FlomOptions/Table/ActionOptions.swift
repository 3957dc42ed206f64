internal import FlomConfiguration

/// Actions other than running a command under a lock.
extension OptionTable {
    package static let administration = [
        Option(nil, "break", nil, "take a lock away: from all holders of -r, or from --request") { settings in
            settings.action = .breakLock
        },
        Option(
            nil, "request", "NUMBER", nil, "the request to break, as --status --format json numbers it",
            .value(Value.integer(in: 1...Int64.max)) { $0.request = $1 }),
        Option(nil, "reason", "TEXT", nil, "why a lock is broken, for the record", .value(Value.text) { $0.reason = $1 }),
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
