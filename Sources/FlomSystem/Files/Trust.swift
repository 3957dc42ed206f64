package import Glibc

/// Who could have put a file or a directory where it is, and change it there.
///
/// In a directory in which everybody may make files (`/tmp`, `/var/tmp`) a name proves nothing: somebody else may have made the file
/// first, or a link to something of ours.
package enum Trust {
    /// Why the directory at `path` is no place for what must not be replaced by others; nil if it is.
    ///
    /// It has to be this user's or root's, and nobody else may make files in it, with or without the sticky bit. A link in its place
    /// is followed if it is such a user's as well. Root, who goes on with the daemons of users and of services, takes directories of
    /// theirs, but not where everybody may make directories.
    package static func flaw(ofDirectory path: String) -> String? {
        let mayBeAnothers = geteuid() == 0 && !isOpenToAll(Files.directory(of: path))
        for followsLinks in [false, true] {
            guard let found = Files.status(of: path, followLinks: followsLinks) else { return SystemError("stat").reason }
            if !isOwn(found) && !mayBeAnothers { return "it belongs to uid \(found.st_uid), who could replace what is in it" }
            guard followsLinks else { continue }
            guard found.st_mode & S_IFMT == S_IFDIR else { return SystemError("stat", code: ENOTDIR).reason }
            if found.st_mode & 0o002 != 0 { return "everybody may make files in it" }
        }
        return nil
    }

    /// Why the file that is about to be used under this name, or has just been opened, must not be: it lies where everybody may make
    /// files, and is not a plain file of this user's with this name only. Nil if there is none, or nothing wrong with it.
    ///
    /// - Parameter found: of the name itself, or of the descriptor; nil: the name is looked at.
    package static func flaw(ofFile path: String, found: stat? = nil) -> String? {
        guard isOpenToAll(Files.directory(of: path)) else { return nil }
        guard let found = found ?? Files.status(of: path, followLinks: false) else { return nil }
        guard found.st_mode & S_IFMT == S_IFREG else { return "it is not a plain file, and lies where everybody may make files" }
        if found.st_uid != geteuid() {
            return "it belongs to uid \(found.st_uid), and lies where everybody may make files: somebody else made it"
        }
        if found.st_nlink != 1 { return "it has another name too, and lies where everybody may make files" }
        return nil
    }

    /// Whether everybody may make files in a directory.
    package static func isOpenToAll(_ directory: String) -> Bool {
        Files.status(of: directory).map { $0.st_mode & 0o002 != 0 } ?? false
    }

    /// Whether in a directory everybody may even replace the files of others: no sticky bit keeps them from it.
    package static func isLawless(_ directory: String) -> Bool {
        Files.status(of: directory).map { $0.st_mode & 0o002 != 0 && $0.st_mode & S_ISVTX == 0 } ?? false
    }

    private static func isOwn(_ found: stat) -> Bool { found.st_uid == geteuid() || found.st_uid == 0 }
}
