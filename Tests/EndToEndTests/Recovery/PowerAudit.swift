import FlomTestKit

/// Checks by strace's record of all writes and syncs that the facts of each answer at the power level were on the device at that moment.
struct PowerAudit {
    /// The words before the name of the file for strace's record.
    static let strace = [
        "strace", "-f", "-y", "-xx", "-s", "1100000", "-e", "trace=pwrite64,write,sendto,sendmsg,fdatasync,fsync,ftruncate", "-o",
    ]

    private(set) var promises = 0
    /// The promises that power cuts would break, a line each.
    private(set) var findings: [String] = []
    /// Whether the log was carried over into the database.
    private(set) var hasCheckpoint = false

    init(of path: String, from start: JournalFiles, allGrants: Bool) async throws {
        let files = SyncedFiles(trace: Files.bytes(of: path) ?? [], start: start, seed: 7) {
            Promise($0, allGrants: allGrants) != nil
        }
        for moment in files.moments {
            guard let promise = Promise(moment.message, allGrants: allGrants) else { continue }
            promises += 1
            findings += try await promise.findings(moment.files)
            findings += try await promise.findings(moment.someMore)
            if moment.files.database != start.database { hasCheckpoint = true }
        }
    }

    /// An answer that must be true after a power cut, and the event that the journal must have then.
    private struct Promise {
        let event: String
        /// 0 for the break, which is the only one.
        let request: Int

        /// Nil if a message promises nothing of the kind.
        init?(_ message: String, allGrants: Bool) {
            if message.contains(#"verb="24""#), message.contains(#"rc="0""#) {
                (event, request) = ("broken", 0)
            } else if message.contains(#"x-fence=""#), allGrants || message.contains(#" element=""#) {
                guard let id = message.firstMatch(of: /x-request="[0-9a-f]+:([0-9]+)"/), let number = Int(id.1) else {
                    return nil
                }
                (event, request) = ("granted", number)
            } else {
                return nil
            }
        }

        /// The findings on the files that a power cut would have left.
        func findings(_ files: JournalFiles) async throws -> [String] {
            let box = try Sandbox()
            defer { box.close() }
            try files.write(to: box)
            return try await JournalAudit.findings(of: box.journal, in: box, mayBeOpen: true, knowing: "\(event) \(request)")
        }
    }
}
