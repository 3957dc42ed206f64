internal import FlomSystem
internal import Glibc

/// The usual configuration files, and whom they are accepted from.
package enum ConfigurationPlaces {
    /// The longest content that is read, in bytes.
    package static let sizeLimit = 1 << 20

    /// The content of a usual file. `HOME` may be another user's, as under `sudo` and `su`, and a file that another user can
    /// write would choose root's log, journal and socket. Nil, with errno, if it cannot be read; empty, with a sentence, if it is
    /// not obeyed.
    package static func trustedContents(of path: String, complain: (String) -> Void) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var found = stat()
        guard fstat(descriptor, &found) == 0 else { return nil }
        if found.st_uid != geteuid() && found.st_uid != 0 {
            complain(
                "the configuration file '\(path)' is not obeyed: it belongs to uid \(found.st_uid), not to uid \(geteuid()) or root; "
                    + "-c '\(path)' obeys it")
            return []
        }
        if found.st_mode & 0o002 != 0 {
            complain("the configuration file '\(path)' is not obeyed: every user may write it; chmod o-w corrects that")
            return []
        }
        return Files.contents(of: descriptor, limit: sizeLimit)
    }

    /// The usual files, in the order in which they are read.
    package static func usual() -> [String] {
        var paths = ["/etc/flom.conf"]
        let home = Users.homeDirectory()
        if let home { paths.append(home + "/.flom") }
        if let configuration = getenv("XDG_CONFIG_HOME"), configuration.pointee == CChar(UInt8(ascii: "/")) {
            paths.append(String(cString: configuration) + "/flom/flom.conf")
        } else if let home {
            paths.append(home + "/.config/flom/flom.conf")
        }
        return paths
    }
}
