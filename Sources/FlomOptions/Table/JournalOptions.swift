package import FlomConfiguration
internal import FlomModel
internal import FlomSettings
package import FlomStore
internal import FlomSystem

/// The journal's place, safety, content and retention, and the tasks for it.
extension OptionTable {
    package static let journal = [
        Option(
            nil, "journal", "FILE", ("Journal", "File"),
            "the daemon's journal (default under /var/lib/flom or ~/.local/state/flom)",
            values: .file, .text({ $0.daemon.journalPath }, { $0.daemon.journalPath = $1 }, Value.absolutePath)),
        Option(
            nil, "sync", "LEVEL", ("Journal", "Sync"), "auto (default), always or off: when answers wait for the disk",
            details: """
                auto: a holder on the daemon's host is answered when the kernel has the record, one on another host, a number of a sequence and a
                --break when the device has it. always: all when the device has it. off: nothing is synced.
                """, values: .wordsOf(SyncLevel.self), .word({ $0.daemon.sync }, { $0.daemon.sync = $1 })),
        Option(
            nil, "retention", "SPAN", ("Journal", "Retention"),
            "age at which a daemon started by this removes ended requests: 90d, 12w …; forever (default)",
            .value({ $0.daemon.retentionMicroseconds }, { $0.daemon.retentionMicroseconds = $1 }, Value.retention) {
                .word(Value.retentionText($0))
            }),
        Option(
            nil, "record-command", "EXTENT", ("Journal", "RecordCommand"),
            "the part of command lines that is recorded: full (default), name (the first word) or none",
            values: .wordsOf(CommandRecording.Extent.self),
            .word({ $0.daemon.recording.extent }, { $0.daemon.recording.extent = $1 })),
        Option(
            nil, "redact", "PATTERN", ("Journal", "Redact"),
            "record *** for what * matches: '--password=*', '--password *' (two words); may be repeated",
            details: "Patterns of all files and options add up: a user cannot reveal what an administrator hides.",
            isRepeatable: true,
            addsUpOverFiles: true,
            shown: { .list($0.daemon.recording.redactions.map { text($0.pattern) }, joiner: "','") }, reset: { _ in },
            apply: {
                settings, value throws(Value.Refused) in
                let count = settings.daemon.recording.redactions.count
                settings.daemon.recording.redactions.append(try Value.redaction(value, after: count))
            }),
        Option(
            nil, "verify", nil, "check the journal: no event and no request changed, removed or inserted; status 1 if one was"
        ) { settings in settings.maintenance.verifies = true },
        Option(
            nil, "expect", "NUMBER:HASH", nil, "--verify: the journal must contain what --head printed",
            .value(Value.head) { $0.maintenance.expected = $1 }),
        Option(nil, "head", nil, "print number and hash of the newest event, to be kept in a safe place") { settings in
            settings.maintenance.showsHead = true
        },
        Option(
            nil, "prune-older-than", "SPAN", nil, "remove requests that ended longer ago from the journal: 90d, 12w …",
            .value(Value.span) { $0.maintenance.pruneAgeMicroseconds = $1 }),
        Option(nil, "vacuum", nil, "give the space of removed requests back to the file system; while no daemon runs") {
            settings in
            settings.maintenance.vacuums = true
        },
        Option(
            nil, "accept-journal", nil,
            "after a crash: the next daemon begins with the journal as it is, though it is not the last one's",
            details: """
                A daemon begins with no journal that is gone, empty, older or another one than its predecessor has written and left with locks
                in it. This says that it is meant: a copy that was brought back, or none. Those who hold a lock then have --reclaim-grace to
                come back, and nobody else gets one until then; a command whose flom is dead holds nothing any more.
                """
        ) { settings in settings.maintenance.accepts = true },
    ]
}

/// The tasks for a journal.
package struct Maintenance {
    package var verifies = false
    package var expected: TrustedHead?
    package var showsHead = false
    package var pruneAgeMicroseconds: Int64?
    package var vacuums = false
    package var accepts = false

    var isAsked: Bool { verifies || showsHead || pruneAgeMicroseconds != nil || vacuums || accepts }

    /// - Throws: if options contradict each other, before anything is done.
    package func check() throws(Failure) {
        if expected != nil && !verifies {
            throw Failure(.failure, "--expect says what --verify expects; --verify is missing", code: ReturnNumber.invalidOption)
        }
        let removes = pruneAgeMicroseconds != nil || vacuums
        guard [verifies, showsHead, removes, accepts].count(where: { $0 }) < 2 else {
            throw Failure(
                .failure,
                "--verify, --head, --accept-journal, and --prune-older-than with --vacuum are four things; ask for one of them",
                code: ReturnNumber.invalidOption)
        }
    }
}

extension Value {
    /// Microseconds; nil for ever.
    static func retention(_ text: String) throws(Refused) -> Int64? {
        if text.lowercased() == "forever" { return nil }
        do {
            let span = try span(text)
            if span > 0 { return span }
        } catch { throw Refused(accepted: error.accepted + ", or forever") }
        throw Refused(
            accepted: "a span of at least 1s, or forever: with 0 every request would be forgotten as soon as it ends, and "
                + "the journal would prove nothing (flom --prune-older-than 0s empties it once)")
    }

    /// The text that `retention` reads, in the largest unit that is exact.
    static func retentionText(_ microseconds: Int64?) -> String {
        guard let microseconds else { return "forever" }
        let seconds = microseconds / 1_000_000
        let units: [(word: String, seconds: Int64)] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        let unit = units.first { seconds % $0.seconds == 0 } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.word)"
    }

    /// - Parameter count: the number of earlier patterns.
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

    /// The text that `--head` prints.
    package static func head(_ text: String) throws(Refused) -> TrustedHead {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), number >= 0, let hash = Digest(hexadecimal: String(parts[1])) else {
            throw Refused(accepted: "what --head has printed: the number of an event, a colon, and 64 hexadecimal digits")
        }
        return TrustedHead(number: number, hash: hash)
    }
}
