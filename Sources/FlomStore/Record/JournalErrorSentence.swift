extension JournalError {
    /// A sentence for users: what happened, to which file, and what to do about it.
    package var sentence: String {
        switch kind {
        case .missing:
            "There is no journal at \(path): check the path, or start a daemon, which creates it."
        case .empty:
            "The journal \(path) is empty: no daemon has written to it yet, or its content was removed."
        case .cannotOpen:
            "The journal \(path) cannot be opened (\(reason)): check the permissions of the file and of its directory."
        case .readOnly:
            """
            The journal \(path) cannot be written (\(reason)): make the file, its directory and its file system \
            writable, or name another file with --journal.
            """
        case .notADatabase:
            """
            The file \(path) is not a journal of flom, nor any SQLite database: name another file with --journal; \
            this one was not changed.
            """
        case .foreign:
            "The file \(path) is the database of another application: name another file with --journal; this one was not changed."
        case .newer(let version):
            """
            The journal \(path) was written by a newer flom \
            (its version is \(version), this flom knows up to \(JournalFormat.currentVersion)): use that flom or \
            newer; the file was not changed.
            """
        case .corrupt:
            """
            The journal \(path) is damaged (\(reason)): move it and its -wal and -shm files aside together, and \
            restore it from a copy or start with a new one.
            """
        case .full:
            "The journal \(path) cannot grow (\(reason)): free space on its file system, or raise the quota or file size limit."
        case .inputOutput:
            """
            Reading or writing the journal \(path) failed (\(reason)): check quotas and file size limits \
            (ulimit -f), the disk, and the kernel's log.
            """
        case .busy:
            """
            The journal \(path) is being written by another program: end that program; only its own daemon may write \
            to a journal.
            """
        case .unknownRequest(let number):
            """
            The journal \(path) knows no open request \(number), so nothing was recorded about it: this is a defect \
            of flom, please report it.
            """
        case .staleToken(let token):
            """
            The journal \(path) has granted token \(token) or a newer one already, so nothing was recorded: this is \
            a defect of flom, please report it.
            """
        case .epochExhausted:
            "The journal \(path) has used up its fencing tokens: move it aside while nothing is locked and start with a new one."
        case .replaced:
            """
            The journal \(path) is no longer the file that its daemon writes: give that file its name again; if it is gone, \
            \(Self.afterLoss).
            """
        case .cut:
            "The file \(path) was emptied or cut (\(reason)), so that the record is lost: \(Self.afterLoss)."
        case .shrunk:
            """
            The file \(path) has become shorter than what the journal's daemon has written: all of it is being looked at; try again in a \
            moment.
            """
        case .logRemoved(let isSaved):
            """
            The journal's log \(path) was removed or replaced: \
            \(isSaved
                ? "the daemon has saved in the journal what was in it, and its successor goes on with that: flom --restart"
                : "the daemon could not save in the journal what was in it yet, and tries again").
            """
        case .indexRemoved:
            "The index \(path) of the journal's log was removed or replaced: the daemon's successor makes it anew: flom --restart."
        case .overwritten:
            "The journal \(path) was written by another program and is not what it was (\(reason)): \(Self.afterLoss)."
        case .closed:
            "The journal \(path) is closed already: this is a defect of flom, please report it."
        case .other:
            "The journal \(path) cannot be used (\(reason)): this is unexpected, please report it."
        }
    }

    private static let afterLoss =
        "end the daemon (flom -X), bring back a copy of the journal, and then say flom --accept-journal"

    private var reason: String {
        let system = systemError == 0 ? "" : describe(systemError: systemError)
        if message.isEmpty || message == system { return system.isEmpty ? "SQLite error \(code)" : system }
        return system.isEmpty ? message : "\(message): \(system)"
    }
}

extension JournalError: CustomStringConvertible {
    /// The sentence with SQLite's code and statement, for logs.
    package var description: String {
        var text = sentence
        if code != 0 { text += " [SQLite \(code)]" }
        if let sql { text += " [\(sql)]" }
        return text
    }
}
