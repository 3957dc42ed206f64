internal import CSQLite
internal import FlomSystem

/// One SQLite connection and its prepared statements. Must be used by one thread at a time.
final class Database {
    enum Access {
        case readWrite
        case readOnly
        /// Without locks and without the files beside it: only while no process can be writing.
        case immutable
    }

    let path: String
    private(set) var connection: OpaquePointer?
    private var statements: [String: Statement] = [:]
    private var functions: Set<String> = []

    /// Opens an existing file. Never creates one.
    ///
    /// - Parameter busyTimeoutMilliseconds: how long a statement waits for another writer before it fails as busy.
    init(path: String, _ access: Access, busyTimeoutMilliseconds: Int32) throws(JournalError) {
        self.path = path
        _ = Self.isPrepared
        var flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        flags |= access == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        let query = access == .immutable ? "?mode=ro&immutable=1" : ""
        let fileSystem = access == .readWrite ? LogFileSystem.name : nil
        let result = sqlite3_open_v2(Self.uri(path) + query, &connection, flags, fileSystem)
        guard result == SQLITE_OK, let connection else {
            let error =
                connection.map { JournalError(connection: $0, path: path, sql: nil) }
                ?? JournalError(.other, path: path, code: result, message: String(cString: sqlite3_errstr(result)))
            sqlite3_close_v2(connection)
            connection = nil
            throw error
        }
        sqlite3_busy_timeout(connection, busyTimeoutMilliseconds)
    }

    /// Turns SQLite's memory statistics off, once for each process.
    private static let isPrepared = flom_sqlite_without_statistics() == SQLITE_OK

    deinit { close() }

    func close() {
        for statement in statements.values { statement.finalize() }
        statements.removeAll()
        sqlite3_close_v2(connection)
        connection = nil
    }

    /// The prepared statement for a text, made at first use and kept for the life of the connection.
    func statement(_ sql: String) throws(JournalError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(connection: handle(), path: path, sql: sql)
        statements[sql] = statement
        return statement
    }

    typealias Function = @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void

    /// Defines a pure function for this connection's SQL.
    func define(_ name: String, argumentCount: Int32, _ function: Function) throws(JournalError) {
        guard !functions.contains(name) else { return }
        let connection = try handle()
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
        guard sqlite3_create_function_v2(connection, name, argumentCount, flags, nil, function, nil, nil, nil) == SQLITE_OK else {
            throw JournalError(connection: connection, path: path, sql: nil)
        }
        functions.insert(name)
    }

    /// Runs a script of SQL statements.
    func execute(_ script: String) throws(JournalError) {
        let connection = try handle()
        guard sqlite3_exec(connection, script, nil, nil, nil) == SQLITE_OK else {
            throw JournalError(connection: connection, path: path, sql: script)
        }
    }

    /// The first column of the first row; for a statement that is used once.
    func integer(_ sql: String) throws(JournalError) -> Int64? {
        let statement = try Statement(connection: handle(), path: path, sql: sql)
        defer { statement.finalize() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }

    func text(_ sql: String) throws(JournalError) -> String? {
        let statement = try Statement(connection: handle(), path: path, sql: sql)
        defer { statement.finalize() }
        return try statement.step() ? statement.optionalText(0) : nil
    }

    /// Ends an open transaction without its changes. Some errors have ended it already.
    func rollBack() {
        guard let connection, sqlite3_get_autocommit(connection) == 0 else { return }
        sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
    }

    /// Rows changed by the last statement.
    var changes: Int32 { sqlite3_changes(connection) }

    /// Whether the file could be opened only for reading.
    var isReadOnly: Bool { sqlite3_db_readonly(connection, "main") == 1 }

    /// The path of this connection's write-ahead log, also when `path` is a symbolic link.
    var walPath: String {
        guard let name = sqlite3_db_filename(connection, "main"), let wal = sqlite3_filename_wal(name) else {
            return path + "-wal"
        }
        return String(cString: wal)
    }

    /// SQLite's own file structure of the database; nil if the connection is closed.
    var file: UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard connection != nil, sqlite3_file_control(connection, nil, SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK else {
            return nil
        }
        return file
    }

    private func handle() throws(JournalError) -> OpaquePointer {
        guard let connection else { throw JournalError(.closed, path: path) }
        return connection
    }

    /// A `file:` URI with escapes, so that no character of a path has a meaning of its own.
    private static func uri(_ path: String) -> String {
        var uri: [UInt8] = Array((path.hasPrefix("/") ? "file://" : "file:").utf8)
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 1..<0x20:
                uri.append(UInt8(ascii: "%"))
                uri.append(hexDigit(byte >> 4))
                uri.append(hexDigit(byte & 15))
            default: uri.append(byte)
            }
        }
        return String(decoding: uri, as: UTF8.self)
    }
}
