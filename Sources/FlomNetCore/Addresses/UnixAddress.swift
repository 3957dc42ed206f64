package import Glibc

/// The file system path of a UNIX socket.
package struct UnixAddress: Hashable, Sendable {
    /// The longest path in bytes: it has to fit into the kernel's address with a final NUL.
    package static let longestPath = 107

    package let path: String

    /// - Throws: `NetworkError` of kind `refused` when the path is empty, holds a NUL or is longer than 107 bytes.
    package init(path: String) throws(NetworkError) {
        guard !path.isEmpty else { throw NetworkError(.refused, "the socket path is empty") }
        guard !path.utf8.contains(0) else { throw NetworkError(.refused, "the socket path contains a NUL byte") }
        guard path.utf8.count <= Self.longestPath else {
            throw NetworkError(
                .refused,
                "the socket path '\(path)' is \(path.utf8.count) bytes long; the system allows \(Self.longestPath)")
        }
        self.path = path
    }

    /// The path to which a UNIX socket is bound; nil if it has none, or is another kind of socket.
    package static func path(ofSocket socket: Int32) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let path = withUnsafeBytes(of: &address.sun_path) { Array($0.prefix { $0 != 0 }) }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    /// Calls `body` with the address in the kernel's form.
    package func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
