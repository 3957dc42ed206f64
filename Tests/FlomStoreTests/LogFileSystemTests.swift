import CSQLite
import Testing

@testable import FlomStore

/// A connection writes to the log what SQLite would write, in fewer calls.
@Suite struct LogFileSystemTests {
    let directory = TemporaryDirectory()

    private static let script = """
        PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL; PRAGMA cache_size = 10;
        CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB);
        """

    /// Transactions of one page and of thousands, with a cache so small that pages are written before their commit and again,
    /// some taken back, with checkpoints that let the log start over.
    private func fill(_ execute: (String) throws -> Void) throws {
        try execute(Self.script)
        for round in 1...30 {
            try execute("BEGIN")
            for row in 0..<(round % 7 == 0 ? 2000 : round) {
                try execute("INSERT OR REPLACE INTO t VALUES (\(row * 31 % 977), zeroblob(\(row * 17 % 3000 + round)))")
            }
            try execute(round % 5 == 0 ? "ROLLBACK" : "COMMIT")
            if round % 11 == 0 { try execute("PRAGMA wal_checkpoint(RESTART)") }
        }
    }

    /// Leaves out the salt that SQLite makes up for each log, and the checksums that follow from it.
    private func shape(_ log: [UInt8]) -> [[UInt8]] {
        let pageSize = 4096
        var frames: [[UInt8]] = []
        var place = 32
        while place + 24 + pageSize <= log.count {
            frames.append(Array(log[place..<(place + 8)]) + log[(place + 24)..<(place + 24 + pageSize)])
            place += 24 + pageSize
        }
        return frames
    }

    @Test func theLogIsTheSame() throws {
        let path = directory.path + "/ours"
        write([], to: path)
        let ours = try Database(path: path, .readWrite, busyTimeoutMilliseconds: 0)
        try fill { try ours.execute($0) }
        var plain: OpaquePointer?
        #expect(sqlite3_open(directory.path + "/plain", &plain) == SQLITE_OK)
        defer { sqlite3_close(plain) }
        try fill { #expect(sqlite3_exec(plain, $0, nil, nil, nil) == SQLITE_OK) }

        let (log, expected) = (contents(ours.walPath), contents(directory.path + "/plain-wal"))
        #expect(log.count == expected.count && expected.count > 1_000_000)
        #expect(shape(log) == shape(expected))
        // The log as a crash would leave it has everything that was committed.
        write(contents(path), to: directory.path + "/copy")
        write(log, to: directory.path + "/copy-wal")
        let copy = try Database(path: directory.path + "/copy", .readWrite, busyTimeoutMilliseconds: 0)
        let sums = "SELECT count(*) || ' ' || sum(a) || ' ' || sum(length(b)) FROM t"
        #expect(try copy.text(sums) == ours.text(sums))
        #expect(try copy.text("PRAGMA integrity_check") == "ok")
    }
}
