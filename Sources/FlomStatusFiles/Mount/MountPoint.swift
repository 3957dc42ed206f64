internal import FlomSystem
internal import Glibc

/// The directory on which the file system is mounted.
struct MountPoint {
    /// Absolute, without links.
    let path: String
    static let type = "fuse.flom"

    /// Why nothing can be mounted, as a sentence.
    struct Refusal: Error {
        let sentence: String
    }

    /// Looks whether the directory can be had. What a killed daemon has left there is removed.
    init(preparing directory: String) throws(Refusal) {
        path = Self.resolved(directory)
        if stat(on: path) == ENOTCONN {
            guard MountEntry.mounted(on: path)?.type == Self.type else {
                throw Refusal(
                    sentence:
                        "a dead file system of another program is mounted there; unmount it (fusermount3 -u '\(path)', as the user "
                        + "who mounted it)")
            }
            remove()
        }
        switch stat(on: path) {
        case 0: break
        case ENOENT: throw Refusal(sentence: "there is no such directory; make it first")
        case ENOTDIR: throw Refusal(sentence: "it is no directory; an empty one is accepted")
        case ENOTCONN:
            throw Refusal(
                sentence: "a dead file system is mounted there; the user who mounted it can remove it (fusermount3 -u '\(path)')")
        case EACCES:
            throw Refusal(sentence: "user \(geteuid()) may not enter it: another user's file system may be mounted there")
        case let code: throw Refusal(sentence: "it cannot be opened: \(String(cString: strerror(code)))")
        }
        if let found = MountEntry.mounted(on: path) {
            throw Refusal(
                sentence: found.type == Self.type
                    ? "another daemon shows its state there; each daemon takes a directory of its own"
                    : "a file system (\(found.type)) is mounted there already; an empty directory that is no mount is accepted")
        }
        guard Files.names(in: path).isEmpty else {
            throw Refusal(sentence: "it is not empty, and what is in it would be hidden; an empty directory is accepted")
        }
        try Self.checkDevice()
    }

    /// The errno of opening the directory; 0 if that succeeds.
    private func stat(on path: String) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return 0
    }

    private static func resolved(_ directory: String) -> String {
        var directory = directory
        while directory.utf8.count > 1, directory.utf8.last == UInt8(ascii: "/") { directory.removeLast() }
        if let real = realpath(directory, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        // The last part of a dead mount cannot be looked at.
        return Files.canonical(directory) ?? directory
    }

    // MARK: - Whether FUSE can be had

    private static func checkDevice() throws(Refusal) {
        let descriptor = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            let why = String(cString: strerror(errno))
            throw Refusal(sentence: "/dev/fuse cannot be opened (\(why)): FUSE is not there, or not for user \(geteuid())")
        }
        close(descriptor)
        guard geteuid() == 0 || access("/usr/bin/fusermount3", X_OK) == 0 || isOnPath("fusermount3") else {
            throw Refusal(sentence: "users other than root need the program fusermount3 for it (Debian's package fuse3)")
        }
    }

    private static func isOnPath(_ program: String) -> Bool {
        guard let path = getenv("PATH") else { return false }
        return String(cString: path).split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    // MARK: - The end

    /// Takes the file system away at once; those who have something open there get an error for it from then on. Nothing is unmounted
    /// that is not flom's.
    ///
    /// - Parameter device: of the mount that is meant; nil: whichever daemon's it was.
    func remove(device: String? = nil) {
        guard let mounted = MountEntry.mounted(on: path), mounted.type == Self.type, device == nil || mounted.device == device
        else { return }
        if umount2(path, Int32(MNT_DETACH)) == 0 { return }
        for program in ["/usr/bin/fusermount3", "fusermount3"] {
            guard let helper = Helper.start([program, "-u", "-q", "-z", "--", path]) else { continue }
            _ = Helper.awaitEnd(of: helper)
            return
        }
    }
}
