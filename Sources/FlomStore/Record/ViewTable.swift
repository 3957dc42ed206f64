package import FlomModel

/// Table `process_view`: the views (boot, PID namespace, offset of the boot clock) in which this journal's daemons have seen the
/// processes of requests.
///
/// A request refers to its view by number, so a lock writes only one integer more. The view itself is recorded with its daemon's
/// start.
struct ViewTable {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// The number of a view, inserted if it is new.
    func number(of view: ProcessView) throws(JournalError) -> Int64 {
        let known = try database.statement(
            "SELECT number FROM process_view WHERE boot_id IS ?1 AND pid_namespace IS ?2 AND boottime_offset IS ?3")
        try bind(view, to: known)
        defer { known.reset() }
        if try known.step() { return known.integer(0) }
        let insert = try database.statement(
            "INSERT INTO process_view (boot_id, pid_namespace, boottime_offset) VALUES (?1, ?2, ?3) RETURNING number")
        try bind(view, to: insert)
        defer { insert.reset() }
        guard try insert.step() else { throw JournalError(.other, path: database.path, message: "a view got no number") }
        return insert.integer(0)
    }

    private func bind(_ view: ProcessView, to statement: Statement) throws(JournalError) {
        if let bootID = view.bootID { statement.bind(1, bootID) } else { statement.bindNull(1) }
        statement.bind(2, view.pidNamespace.map { Int64(bitPattern: $0) })
        statement.bind(3, view.boottimeOffsetNanoseconds)
    }

    /// Keeps what the clock showed last as evidence about a boot that is over, or is taken to be over.
    func close(bootID: String) throws(JournalError) {
        let close = try database.statement(
            """
            UPDATE process_view SET seen_until = max(ifnull(seen_until, 0), (SELECT boottime FROM event ORDER BY number DESC LIMIT 1))
            WHERE boot_id = ?1 AND EXISTS (SELECT 1 FROM event)
            """
        )
        close.bind(1, bootID)
        try close.run()
    }

    // MARK: - Beside a request

    /// The columns that `decode` reads. A reader may meet a journal that has no views yet.
    static func columns(_ database: Database) throws(JournalError) -> String {
        try JournalFormat.hasViews(database)
            ? "process_view.boot_id, pid_namespace, boottime_offset, seen_until" : "NULL, NULL, NULL, NULL"
    }

    static func join(_ database: Database) throws(JournalError) -> String {
        try JournalFormat.hasViews(database)
            ? "LEFT JOIN process_view ON process_view.number = request.process_view" : ""
    }

    static func decode(_ row: Statement, _ column: Int32) -> (view: ProcessView, bootSeenUntil: Instant?) {
        let view = ProcessView(
            bootID: row.optionalText(column), pidNamespace: row.optionalInteger(column + 1).map { UInt64(bitPattern: $0) },
            boottimeOffsetNanoseconds: row.optionalInteger(column + 2))
        return (view, row.optionalInteger(column + 3).map { Instant(nanoseconds: $0) })
    }
}

extension Journal {
    /// Sets the view of all processes that are identified from now on.
    ///
    /// - Returns: the view's number; nil if nothing is known of it.
    package func useView(_ view: ProcessView) throws(JournalError) -> Int64? {
        guard view != .unknown else {
            writer.view = nil
            return nil
        }
        try transaction { () throws(JournalError) in writer.view = try views.number(of: view) }
        return writer.view
    }

    /// The inode of the directory that has the liveness pipes of this journal's grants; nil before there was one.
    package func livenessDirectory() throws(JournalError) -> UInt64? {
        try database.integer("SELECT witness_place FROM journal").map { UInt64(bitPattern: $0) }
    }

    package func saveLivenessDirectory(_ inode: UInt64) throws(JournalError) {
        try transaction { () throws(JournalError) in
            let keep = try database.statement("UPDATE journal SET witness_place = ?1")
            keep.bind(1, Int64(bitPattern: inode))
            try keep.run()
        }
    }
}
