internal import CSQLite
internal import Glibc

/// An error of a journal: what happened, and to which file. `sentence` is for users; the other fields are for logs and decisions.
package struct JournalError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The file does not exist.
        case missing
        /// The file exists and is empty: no daemon has written to it yet.
        case empty
        /// The file, or one beside it, cannot be opened or created.
        case cannotOpen
        /// The file may be read but not written.
        case readOnly
        case notADatabase
        /// The file is the database of another application.
        case foreign
        /// The schema is newer than this program's; carries its `user_version`.
        case newer(Int32)
        case corrupt
        case full
        case inputOutput
        /// Another program is writing to the file.
        case busy
        /// An event of a request that is not open; nothing was recorded.
        case unknownRequest(Int64)
        /// A grant whose token is not greater than all before it; nothing was recorded.
        case staleToken(Int64)
        case epochExhausted
        /// The journal's name leads to another file than the one that its daemon writes, or to none.
        case replaced
        /// The file or its log is shorter than what its daemon has written.
        case cut
        /// The file or its log has become shorter, and it is not known yet whether anything is lost.
        case shrunk
        /// The log has lost its name, or the name leads to another file; carries whether the database has everything that was in
        /// the log.
        case logRemoved(isSaved: Bool)
        /// The index beside the log has lost its name. Nothing is lost with it.
        case indexRemoved
        /// Another program has written to the file, and something that was recorded is gone.
        case overwritten
        case closed
        case other
    }

    package let kind: Kind
    package let path: String
    /// SQLite's extended result code; 0 when the error is not SQLite's.
    package let code: Int32
    /// The `errno` of the system call that failed; 0 if none did.
    package let systemError: Int32
    package let message: String
    /// The SQL statement that failed, if one did.
    package let sql: String?

    package init(
        _ kind: Kind,
        path: String,
        code: Int32 = 0,
        systemError: Int32 = 0,
        message: String = "",
        sql: String? = nil
    ) {
        self.kind = kind
        self.path = path
        self.code = code
        self.systemError = systemError
        self.message = message
        self.sql = sql
    }

    /// Whether SQLite could not sync a file (SQLITE_IOERR_FSYNC). It does so only in checkpoints.
    package var isFailedSync: Bool { code == SQLITE_IOERR | 4 << 8 }

    /// An error from a failed system call on the file.
    init(systemError: Int32, path: String) {
        let kind: Kind =
            switch systemError {
            case ENOENT: .missing
            case ENOSPC, EDQUOT, EFBIG: .full
            case EROFS: .readOnly
            case EIO: .inputOutput
            default: .cannotOpen
            }
        self.init(kind, path: path, systemError: systemError, message: describe(systemError: systemError))
    }

    /// An error from the last failure on a connection.
    init(connection: OpaquePointer, path: String, sql: String?) {
        let code = sqlite3_extended_errcode(connection)
        self.init(
            Self.kind(ofCode: code),
            path: path,
            code: code,
            systemError: sqlite3_system_errno(connection),
            message: String(cString: sqlite3_errmsg(connection)),
            sql: sql
        )
    }

    static func kind(ofCode code: Int32) -> Kind {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
        case SQLITE_READONLY: .readOnly
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_FULL: .full
        case SQLITE_IOERR: .inputOutput
        default: .other
        }
    }
}

/// The C library's text for an `errno`.
func describe(systemError: Int32) -> String {
    String(cString: strerror(systemError))
}
