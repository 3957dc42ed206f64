/// The files of a journal as a dead daemon has left them.
package struct JournalFiles: Sendable {
    package var database: [UInt8]
    package var log: [UInt8]

    package init(database: [UInt8] = [], log: [UInt8] = []) {
        self.database = database
        self.log = log
    }

    package init(of box: Sandbox) {
        self.init(database: Files.bytes(of: box.journal) ?? [], log: Files.bytes(of: box.journal + "-wal") ?? [])
    }

    package func write(to box: Sandbox) throws {
        try Files.write(database, to: box.journal, mode: 0o600)
        try Files.write(log, to: box.journal + "-wal", mode: 0o600)
    }

    /// Makes commits that undo each other, in a process that dies before a checkpoint.
    private static let growth = """
        import os, sqlite3, sys
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA synchronous = OFF")
        for number in range(int(sys.argv[2])):
            connection.execute("UPDATE journal SET created_at = created_at + ?", (1 - number % 2 * 2,))
        os.kill(os.getpid(), 9)
        """

    /// Makes a journal of this machine with a log of at least this number of pages; its daemon is dead. No two are the same journal.
    package static func left(logPages: Int) async throws -> JournalFiles {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.killDaemon()
        let outcome = try await box.run(["python3", "-c", growth, box.journal, "\(logPages)"])
        let files = JournalFiles(of: box)
        guard files.log.count > logPages * 2048 else {
            throw NeverHappened(description: "the log has \(files.log.count) bytes: \(outcome)")
        }
        return files
    }
}
