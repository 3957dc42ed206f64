internal import CFlomSystem
package import Glibc

/// Operations on files other than the journal.
package enum Files {
    /// The content of a small file, at most `limit` bytes; nil if it cannot be read.
    package static func contents(of path: String, limit: Int = 64 * 1024) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return contents(of: descriptor, limit: limit)
    }

    package static func contents(of descriptor: Int32, limit: Int = 64 * 1024) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: min(limit, 8192), alignment: 1) { chunk in
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let count = read(descriptor, chunk.baseAddress, min(chunk.count, limit - bytes.count))
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { return nil }
                if count == 0 { break }
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
            }
            return bytes
        }
    }

    package static func status(of path: String, followLinks: Bool = true) -> stat? {
        var found = stat()
        let result = followLinks ? stat(path, &found) : lstat(path, &found)
        return result == 0 ? found : nil
    }

    /// Makes `path` and its missing parents, all with mode 0700 and durable.
    ///
    /// - Throws: also if the directory exists and other users can make files in it, or made it: see `Trust`.
    package static func makePrivateDirectory(_ path: String) throws(SystemError) {
        // A link that leads nowhere exists too, and may be another user's.
        if status(of: path, followLinks: false) == nil {
            let parent = directory(of: path)
            if parent != path, status(of: parent) == nil { try makePrivateDirectory(parent) }
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
            try makeDurable(directory: parent)
        }
        guard let found = status(of: path) else { throw SystemError("mkdir", path) }
        guard found.st_mode & S_IFMT == S_IFDIR else { throw SystemError("mkdir", path, code: ENOTDIR) }
        if Trust.flaw(ofDirectory: path) != nil { throw SystemError("mkdir", path, code: EPERM) }
    }

    /// Syncs a directory. Without this a new name in it can be lost in a power failure.
    package static func makeDurable(directory: String) throws(SystemError) {
        let descriptor = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
        guard fsync(descriptor.number) == 0 || errno == EINVAL else { throw SystemError("fsync", directory) }
    }

    /// The names in a directory; empty if it cannot be read.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The part before the last `/`: `.` if there is none.
    package static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// The part after the last `/`.
    package static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// The current directory; nil if it has been removed.
    package static func currentDirectory() -> String? {
        guard let here = getcwd(nil, 0) else { return nil }
        defer { free(here) }
        return String(cString: here)
    }

    /// `path` as an absolute path. No links are resolved.
    package static func absolute(_ path: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") { return path }
        guard let base = currentDirectory() else { return path }
        return base == "/" ? "/" + path : base + "/" + path
    }

    /// `path` with the links of its directory resolved, so that two ways to it become one; nil if the directory does not exist.
    package static func canonical(_ path: String) -> String? {
        guard let real = realpath(directory(of: path), nil) else { return nil }
        defer { free(real) }
        let base = String(cString: real)
        return base == "/" ? "/" + name(of: path) : base + "/" + name(of: path)
    }

    /// Bytes that this user may still write at `path`; nil if that is not known.
    package static func freeSpace(at path: String) -> UInt64? {
        let free = flom_free_space(path)
        return free >= 0 ? UInt64(free) : nil
    }
}
