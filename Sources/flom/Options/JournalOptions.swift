internal import FlomDaemon
internal import FlomStore
internal import FlomSystem

/// Where the record lies, how safe it is, what is put into it and for how long; and what is done with it.
extension OptionTable {
    static let journal = [
        Option(
            nil, "journal", "FILE", ("Journal", "File"),
            "the daemon's journal (default under /var/lib/flom or ~/.local/state/flom)"
        ) {
            settings, value throws(Value.Refused) in
            settings.journalPath = Files.absolute(try Value.path(text(value)))
        },
        Option(nil, "sync", "LEVEL", ("Journal", "Sync"), "auto (default), always or off: when answers wait for the disk") {
            settings, value throws(Value.Refused) in
            settings.sync = try Value.word(text(value))
        },
        Option(
            nil, "retention", "SPAN", ("Journal", "Retention"),
            "a daemon started by this forgets what ended longer ago: 90d, 12w …; forever (default)"
        ) {
            settings, value throws(Value.Refused) in
            settings.retentionMicroseconds = try Value.retention(text(value))
        },
        Option(
            nil, "record-command", "EXTENT", ("Journal", "RecordCommand"),
            "what is put on record of command lines: full (default), name (the first word) or none"
        ) {
            settings, value throws(Value.Refused) in
            settings.recording.extent = try Value.word(text(value))
        },
        Option(
            nil, "redact", "PATTERN", ("Journal", "Redact"),
            "record *** for what * stands for: '--password=*', '--password *' (two words); may be repeated"
        ) {
            settings, value throws(Value.Refused) in
            settings.recording.redactions.append(try Value.redaction(value, after: settings.recording.redactions.count))
        },
        Option(
            nil, "verify", nil, "check the journal: no event and no request changed, removed or inserted; status 1 if one was"
        ) { settings in settings.maintenance.verifies = true },
        Option(nil, "expect", "NUMBER:HASH", nil, "--verify: the journal must contain what --head printed") {
            settings, value throws(Value.Refused) in
            settings.maintenance.expected = try Value.head(text(value))
        },
        Option(nil, "head", nil, "print number and hash of the newest event, to be kept where nobody can change it") { settings in
            settings.maintenance.showsHead = true
        },
        Option(nil, "prune-older-than", "SPAN", nil, "remove requests that ended longer ago from the journal: 90d, 12w …") {
            settings, value throws(Value.Refused) in
            settings.maintenance.pruneAgeMicroseconds = try Value.span(text(value))
        },
        Option(nil, "vacuum", nil, "give the space of removed requests back to the file system; while no daemon runs") {
            settings in
            settings.maintenance.vacuums = true
        },
    ]
}

/// What is to be done with a journal.
struct Maintenance {
    var verifies = false
    var expected: Verification.Witness?
    var showsHead = false
    var pruneAgeMicroseconds: Int64?
    var vacuums = false

    var isAsked: Bool { verifies || showsHead || pruneAgeMicroseconds != nil || vacuums }

    /// - Throws: what cannot be meant together, before anything is done.
    func check() throws(Failure) {
        if expected != nil && !verifies {
            throw Failure(.failure, "--expect says what --verify expects; --verify is missing", code: ReturnNumber.invalidOption)
        }
        let removes = pruneAgeMicroseconds != nil || vacuums
        guard [verifies, showsHead, removes].count(where: { $0 }) < 2 else {
            throw Failure(
                .failure, "--verify, --head, and --prune-older-than with --vacuum are three things; ask for one of them",
                code: ReturnNumber.invalidOption)
        }
    }
}

extension Value {
    /// Microseconds; nil for ever.
    static func retention(_ text: String) throws(Refused) -> Int64? {
        if text.lowercased() == "forever" { return nil }
        do { return try span(text) } catch { throw Refused(accepted: error.accepted + ", or forever") }
    }

    /// - Parameter count: how many there are already.
    static func redaction(_ pattern: [UInt8], after count: Int) throws(Refused) -> Redaction {
        guard count < CommandRecording.redactionLimit, let redaction = Redaction(pattern) else {
            throw Refused(
                accepted: """
                    one word of a command line, or two with a blank between, with * for each part to be hidden, as in \
                    --password=* or '--password *', of at most \(Redaction.longestPattern) bytes, and at most \
                    \(CommandRecording.redactionLimit) of them
                    """)
        }
        return redaction
    }

    /// What `--head` prints.
    static func head(_ text: String) throws(Refused) -> Verification.Witness {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), number >= 0, let hash = Digest(hexadecimal: String(parts[1])) else {
            throw Refused(accepted: "what --head has printed: the number of an event, a colon, and 64 hexadecimal digits")
        }
        return Verification.Witness(number: number, hash: hash)
    }
}
