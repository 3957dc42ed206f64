internal import CFuse
internal import FlomSystem
internal import Glibc

/// What readers are given: the present tree, and the contents of what they have open. A file that is open shows one state until it is
/// closed, and a directory that is open one list, whatever happens meanwhile.
final class OpenFiles {
    private let source: any StatusFileSource
    private var numbers = LockerNumbers()
    private var tree: StatusTree?
    /// The number of the tree's state.
    private var change: UInt64 = 0
    /// On `CLOCK_BOOTTIME`; before this the tree is not made anew, even if it is out of date.
    private var nextLook: Int64 = 0

    private var files: [UInt64: (place: Place, bytes: [UInt8], changedAt: Int64)] = [:]
    private var directories: [UInt64: [StatusTree.Entry]] = [:]
    private var nextHandle: UInt64 = 1

    init(_ source: any StatusFileSource) { self.source = source }

    /// An error number for a reader.
    struct Failure: Error {
        let code: Int32
    }

    // MARK: - The tree

    /// Trees take at most a tenth of the time, so that a reader who walks thousands of files while locks come and go does not make one for
    /// each file.
    private static let pauseFactor: Int64 = 9
    private static let longestPauseNanoseconds: Int64 = 500_000_000

    private func current() throws(Failure) -> StatusTree {
        let before = source.changeNumber
        let began = Clock.boottimeNanoseconds()
        if let tree, change == before || began < nextLook { return tree }
        let snapshot: StatusSnapshot
        do { snapshot = try source.snapshot() } catch {
            // Better nothing than what is not true any more.
            tree = nil
            throw Failure(code: error == .forbidden ? EACCES : EIO)
        }
        let tree = StatusTree(snapshot, &numbers)
        (self.tree, change) = (tree, before)
        let now = Clock.boottimeNanoseconds()
        nextLook = now + min((now - began) * Self.pauseFactor, Self.longestPauseNanoseconds)
        return tree
    }

    /// The moment of which the tree tells: now, unless something has happened since.
    private func moment(of tree: StatusTree) -> Int64 {
        change == source.changeNumber ? Clock.wallMicroseconds() : tree.takenAt
    }

    // MARK: - Reading

    private static let startedAt = Clock.wallMicroseconds()

    func attributes(of inode: UInt64) throws(Failure) -> stat {
        guard let place = Place(inode: inode) else { throw Failure(code: ESTALE) }
        // Without the daemon, so that the directory itself can always be looked at, also by the program that unmounts it.
        if place == .root { return Self.attributes(place, size: 0, changedAt: Self.startedAt) }
        let tree = try current()
        guard tree.exists(place) else {
            // The file is gone, and its readers still have it.
            guard let open = files.values.first(where: { $0.place == place }) else { throw Failure(code: ESTALE) }
            return Self.attributes(place, size: open.bytes.count, changedAt: open.changedAt)
        }
        return attributes(of: place, in: tree)
    }

    private func attributes(of place: Place, in tree: StatusTree) -> stat {
        Self.attributes(place, size: tree.size(of: place), changedAt: tree.changedAt(place))
    }

    private static func attributes(_ place: Place, size: Int, changedAt: Int64) -> stat {
        var found = stat()
        found.st_ino = ino_t(place.inode)
        found.st_mode = place.isDirectory ? S_IFDIR | 0o550 : S_IFREG | 0o440
        found.st_nlink = place.isDirectory ? 2 : 1
        (found.st_uid, found.st_gid) = (geteuid(), getegid())
        found.st_size = size
        found.st_blksize = 512
        found.st_mtim.tv_sec = Int(changedAt / 1_000_000)
        found.st_ctim = found.st_mtim
        return found
    }

    func lookUp(_ name: String, in inode: UInt64) throws(Failure) -> stat {
        guard let directory = Place(inode: inode) else { throw Failure(code: ESTALE) }
        let tree = try current()
        guard let place = tree.lookUp(name, in: directory) else { throw Failure(code: ENOENT) }
        return attributes(of: place, in: tree)
    }

    /// - Returns: the number under which it is read.
    func openDirectory(_ inode: UInt64) throws(Failure) -> UInt64 {
        guard let place = Place(inode: inode), let entries = try current().entries(of: place) else {
            throw Failure(code: ESTALE)
        }
        let itself = StatusTree.Entry(name: ".", place: place)
        return handle { directories[$0] = [itself, StatusTree.Entry(name: "..", place: .root)] + entries }
    }

    func entries(_ handle: UInt64) -> [StatusTree.Entry] { directories[handle] ?? [] }

    func closeDirectory(_ handle: UInt64) { directories[handle] = nil }

    func open(_ inode: UInt64) throws(Failure) -> UInt64 {
        let tree = try current()
        guard let place = Place(inode: inode), let bytes = tree.content(of: place, at: moment(of: tree)) else {
            throw Failure(code: ESTALE)
        }
        return handle { files[$0] = (place, bytes, tree.changedAt(place)) }
    }

    func bytes(_ handle: UInt64) -> [UInt8] { files[handle]?.bytes ?? [] }

    func close(_ handle: UInt64) { files[handle] = nil }

    private func handle(_ keep: (UInt64) -> Void) -> UInt64 {
        defer { nextHandle += 1 }
        keep(nextHandle)
        return nextHandle
    }
}
