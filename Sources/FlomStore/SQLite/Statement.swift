internal import CSQLite
internal import FlomSystem

/// A prepared statement of a `Database`, which owns and finalizes it.
///
/// Parameters and columns are numbered as in SQLite: parameters from 1, columns from 0.
final class Statement {
    private var handle: OpaquePointer?
    private let path: String
    /// The result of the first parameter that could not be bound (out of memory). The next `step` reports it, so that an
    /// incomplete row is never written.
    private var bindingResult = SQLITE_OK
    /// The text or blob that is bound to each parameter, by the parameter's number. SQLite would allocate a copy for each run of
    /// the statement.
    private var values: [UnsafeMutableRawBufferPointer] = []

    init(connection: OpaquePointer, path: String, sql: String) throws(JournalError) {
        self.path = path
        var handle: OpaquePointer?
        let result = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard result == SQLITE_OK, let handle else {
            throw JournalError(connection: connection, path: path, sql: sql)
        }
        self.handle = handle
    }

    func finalize() {
        sqlite3_finalize(handle)
        handle = nil
        for bytes in values { bytes.deallocate() }
        values = []
    }

    // MARK: Running

    /// Returns true when there is a row to read, and false when the statement is done. Resets the statement when it is done or
    /// has failed.
    func step() throws(JournalError) -> Bool {
        guard let handle else { throw JournalError(.closed, path: path) }
        var result = bindingResult
        if result == SQLITE_OK {
            result = sqlite3_step(handle)
            if result == SQLITE_ROW { return true }
        }
        if result == SQLITE_DONE {
            sqlite3_reset(handle)
            return false
        }
        // The message belongs to the connection and must be read before the reset.
        let error =
            bindingResult == SQLITE_OK
            ? JournalError(connection: sqlite3_db_handle(handle), path: path, sql: String(cString: sqlite3_sql(handle)))
            : JournalError(
                JournalError.kind(ofCode: result), path: path, code: result, message: String(cString: sqlite3_errstr(result)))
        reset()
        throw error
    }

    /// Runs a statement and ignores its rows.
    func run() throws(JournalError) {
        while try step() {}
    }

    /// Ends reading and releases the statement's hold on the database. Bound values stay.
    func reset() {
        sqlite3_reset(handle)
        bindingResult = SQLITE_OK
    }

    // MARK: Parameters

    func bind(_ index: Int32, _ value: Int64) {
        note(sqlite3_bind_int64(handle, index, value))
    }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    func bindNull(_ index: Int32) {
        note(sqlite3_bind_null(handle, index))
    }

    func bind(_ index: Int32, _ text: StaticString) {
        text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) {
            note(sqlite3_bind_text(handle, index, $0, Int32(text.utf8CodeUnitCount), nil))
        }
    }

    func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bind(index, copying: $0) }
    }

    /// Binds text that is given as UTF-8.
    func bind(_ index: Int32, utf8 bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bind(index, copying: $0) }
    }

    func bind(_ index: Int32, blob bytes: [UInt8]) {
        bytes.withUnsafeBytes { bind(index, copying: $0) }
    }

    func bind(_ index: Int32, _ digest: Digest) {
        digest.withUnsafeBytes { bind(index, copying: $0) }
    }

    private func bind(_ index: Int32, copying text: UnsafeBufferPointer<UInt8>) {
        guard !text.isEmpty else { return bind(index, "" as StaticString) }
        let value = keep(UnsafeRawBufferPointer(text), for: index)
        note(sqlite3_bind_text(handle, index, value.assumingMemoryBound(to: CChar.self), Int32(text.count), nil))
    }

    private func bind(_ index: Int32, copying bytes: UnsafeRawBufferPointer) {
        // A null pointer would bind NULL.
        guard !bytes.isEmpty else { return note(sqlite3_bind_zeroblob(handle, index, 0)) }
        note(sqlite3_bind_blob(handle, index, keep(bytes, for: index), Int32(bytes.count), nil))
    }

    /// Copies bytes to memory that stays until the parameter gets another value or the statement is finalized.
    private func keep(_ bytes: UnsafeRawBufferPointer, for index: Int32) -> UnsafeMutableRawPointer {
        let index = Int(index)
        while values.count <= index { values.append(.init(start: nil, count: 0)) }
        if values[index].count < bytes.count {
            values[index].deallocate()
            values[index] = .allocate(byteCount: max(64, bytes.count), alignment: 8)
        }
        values[index].copyMemory(from: bytes)
        return values[index].baseAddress!
    }

    private func note(_ result: Int32) {
        if result != SQLITE_OK && bindingResult == SQLITE_OK { bindingResult = result }
    }

    /// The steps that SQLite's virtual machine has made for this statement: a measure of its cost that does not depend on a
    /// clock.
    var machineSteps: Int32 { sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 0) }

    // MARK: Columns

    var columnCount: Int32 { sqlite3_column_count(handle) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func truth(_ column: Int32) -> Bool { integer(column) != 0 }

    /// The text of a column; the empty string for NULL.
    func text(_ column: Int32) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// The bytes of a TEXT or BLOB; empty for NULL.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Passes the bytes of a column without a copy; they are valid only inside `body`.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column))))
    }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
}
