import Foundation

/// Queries a journal with SQL of the test's own, through Python's SQLite and not through the product.
package enum JournalQuery {
    package static let isPossible = Conditions.succeeds(["python3", "-c", "import sqlite3"])

    private static let script = """
        import sqlite3, sys
        connection = sqlite3.connect(sys.argv[1], timeout=20)
        for row in connection.execute(sys.argv[2]): print("|".join("" if value is None else str(value) for value in row))
        connection.commit()
        """

    /// The rows, their columns joined by `|`.
    package static func rows(_ sql: String, of journal: String, in box: Sandbox) async throws -> [String] {
        let outcome = try await box.run(["python3", "-c", script, journal, sql])
        guard outcome.status == 0 else { throw NeverHappened(description: "SQL failed: \(outcome)") }
        return outcome.output.split(separator: "\n").map(String.init)
    }
}

extension Sandbox {
    /// Waits until the endpoint record knows of the journal's newest event, as it does within 100 ms: only then does it prove that a
    /// copy is older. All commits so far are synced with the next sync.
    package func recordFollows() async throws {
        let rows = try await JournalQuery.rows("SELECT max(number) FROM event", of: journal, in: self)
        guard let newest = rows.first.flatMap({ Int64($0) }) else { throw NeverHappened(description: "the journal has no event") }
        try await eventually("the record knows of event \(newest)") {
            recorded("last-event").flatMap { Int64($0) } ?? 0 >= newest
        }
    }
}
