package import FlomNetCore
package import FlomSettings
internal import FlomSystem
internal import Glibc

/// The default places of journals.
package enum JournalLocation {
    /// The directory of this user's journals: `/var/lib/flom` for root, otherwise `$XDG_STATE_HOME/flom` or
    /// `~/.local/state/flom`. If that cannot be made, or is on a file system that other machines share: `/var/tmp/flom-UID`. Made
    /// with mode 0700 if it is missing.
    ///
    /// - Throws: `DaemonError` naming the place that cannot be made.
    package static func directory(create: Bool) throws(DaemonError) -> String {
        let wanted = preferredDirectory()
        // A home that other machines share is no place for a journal.
        let isShared = Files.unsuitableFileSystem(ofPlannedDirectory: wanted) != nil
        if !create { return isUsable(wanted) && !isShared ? wanted : fallback }
        if !isShared, (try? Files.makePrivateDirectory(wanted)) != nil, access(wanted, W_OK | X_OK) == 0 { return wanted }
        do { try Files.makePrivateDirectory(fallback) } catch {
            throw DaemonError(
                "the journal's directory cannot be made: neither '\(wanted)' can be used nor '\(fallback)' made "
                    + "(\(error.reason)); name a place on a local disk that can be written with --journal")
        }
        guard let found = Files.status(of: fallback, followLinks: false), found.st_mode & S_IFMT == S_IFDIR,
            found.st_uid == geteuid(), found.st_mode & 0o077 == 0
        else { throw DaemonError("'\(fallback)' is not a private directory of uid \(geteuid()); the journal is not put there") }
        return fallback
    }

    private static func isUsable(_ directory: String) -> Bool {
        access(directory, X_OK) == 0 && Trust.flaw(ofDirectory: directory) == nil
    }

    private static var fallback: String { "/var/tmp/flom-\(geteuid() == 0 ? Users.ownerOfRoot : geteuid())" }

    private static func preferredDirectory() -> String {
        if geteuid() == 0 { return "/var/lib/flom" }
        if let state = getenv("XDG_STATE_HOME") {
            let path = String(cString: state)
            if path.utf8.first == UInt8(ascii: "/") { return path + "/flom" }
        }
        guard let home = Users.homeDirectory(), home.utf8.first == UInt8(ascii: "/") else { return fallback }
        return (home == "/" ? "" : home) + "/.local/state/flom"
    }

    /// The path of an endpoint's journal.
    package static func path(for endpoint: Endpoint, create: Bool) throws(DaemonError) -> String {
        if let place = try place(for: endpoint, create: create) { return place.journalPath }
        let name = Files.name(of: endpoint.recordPath).dropLast(".record".utf8.count)
        return "\(try directory(create: create))/\(name).journal"
    }

    /// What the directory of journals knows about an endpoint; nil for a network endpoint, whose record is in that directory
    /// itself.
    package static func place(for endpoint: Endpoint, create: Bool) throws(DaemonError) -> JournalPlace? {
        guard case .unix(let socket, _) = endpoint else { return nil }
        return try JournalPlace.find(for: socket, in: try directory(create: create), bootID: Host.bootID() ?? "")
    }
}
