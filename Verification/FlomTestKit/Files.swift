package import Foundation

/// Small questions about files, and small changes to them.
package enum Files {
    /// The whole content; nil if it cannot be read. It avoids Foundation's detours, because the process table is read through this.
    package static func bytes(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    package static func text(of path: String) -> String? { bytes(of: path).map { String(decoding: $0, as: UTF8.self) } }

    package static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { throw SystemFailure("write \(path)") }
        guard chmod(path, mode) == 0 else { throw SystemFailure("chmod \(path)") }
    }

    package static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
        guard mkdir(path, mode) == 0, chmod(path, mode) == 0 else { throw SystemFailure("mkdir \(path)") }
    }

    /// Makes a directory in /tmp, for this user alone, with a name that begins with the prefix.
    package static func makeTemporaryDirectory(_ name: String) throws -> String {
        var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure("mkdtemp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The status of a file; for a link, that of the link itself.
    package static func status(of path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    package static func exists(_ path: String) -> Bool { status(of: path) != nil }

    /// The permission bits; nil if there is no such file.
    package static func permissions(of path: String) -> UInt32? { status(of: path).map { $0.st_mode & 0o777 } }

    package static func isSocket(_ path: String) -> Bool { status(of: path).map { $0.st_mode & S_IFMT == S_IFSOCK } ?? false }

    package static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    package static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink(link, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
