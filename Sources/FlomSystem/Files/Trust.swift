package import Glibc

/// Checks which users could have made a file or directory, and could change it.
///
/// In a directory where every user can make files (`/tmp`, `/var/tmp`) a name proves nothing: another user may have made the file
/// first, or a link to a file of this user.
package enum Trust {
    /// Why the directory at `path` is unsafe for files that other users must not replace; nil if it is safe.
    ///
    /// The directory must belong to this user or to root, and no other user may make files in it, with or without the sticky bit.
    /// A link in its place is followed if it belongs to one of them too. Root, which continues the daemons of users and services,
    /// accepts their directories, but not where every user can make directories.
    package static func flaw(ofDirectory path: String) -> String? {
        let mayBeAnothers = geteuid() == 0 && !isOpenToAll(Files.directory(of: path))
        for followsLinks in [false, true] {
            guard let found = Files.status(of: path, followLinks: followsLinks) else { return SystemError("stat").reason }
            if !isOwn(found) && !mayBeAnothers {
                return "it belongs to uid \(found.st_uid), a user who could replace the files in it"
            }
            guard followsLinks else { continue }
            guard found.st_mode & S_IFMT == S_IFDIR else { return SystemError("stat", code: ENOTDIR).reason }
            if found.st_mode & 0o002 != 0 { return "every user may make files in it" }
        }
        return nil
    }

    /// Why the file at `path` is unsafe to use: it lies where every user can make files, and is not a plain file of this user
    /// with only this name. Nil if there is no such file, or it is safe.
    ///
    /// - Parameter found: the status of the name or of the open descriptor; nil to look the name up.
    package static func flaw(ofFile path: String, found: stat? = nil) -> String? {
        guard isOpenToAll(Files.directory(of: path)) else { return nil }
        guard let found = found ?? Files.status(of: path, followLinks: false) else { return nil }
        guard found.st_mode & S_IFMT == S_IFREG else { return "it is not a plain file, and lies where every user may make files" }
        if found.st_uid != geteuid() {
            return "it belongs to uid \(found.st_uid), and lies where every user may make files: another user made it"
        }
        if found.st_nlink != 1 { return "it has another name too, and lies where every user may make files" }
        return nil
    }

    /// Whether every user can make files in a directory.
    package static func isOpenToAll(_ directory: String) -> Bool {
        Files.status(of: directory).map { $0.st_mode & 0o002 != 0 } ?? false
    }

    /// Whether every user can even replace other users' files in a directory: it has no sticky bit.
    package static func isUnprotected(_ directory: String) -> Bool {
        Files.status(of: directory).map { $0.st_mode & 0o002 != 0 && $0.st_mode & S_ISVTX == 0 } ?? false
    }

    private static func isOwn(_ found: stat) -> Bool { found.st_uid == geteuid() || found.st_uid == 0 }
}
