internal import Glibc

/// A connection that speaks as a client of 1.7.2 does: a lock is answered, at once and again when it is granted later; an unlock is not.
final class WireClient {
    private(set) var descriptor: Int32
    private let socketPath: String
    private let lockBytes: [UInt8]
    private let unlockBytes: [UInt8]
    private var buffer = [CChar](repeating: 0, count: 2048)

    /// - Parameter resource: letters and digits.
    init(socketPath: String, resource: String) {
        descriptor = Self.connected(to: socketPath)
        self.socketPath = socketPath
        let head = #"<?xml version="1.0" encoding="UTF-8" ?><msg level="3" verb="#
        let name = Self.base64(resource)
        lockBytes = Array(
            (head
                + #""1" step="8"><session peerid=""/><resource name="\#(name)" mode="5" wait="1" create="1" lifespan="0"/></msg>"#)
                .utf8)
        unlockBytes = Array((head + #""2" step="8"><resource name="\#(name)" rollback="0" /></msg>"#).utf8)
    }

    func disconnect() { close(descriptor) }

    /// Leaves the daemon, and comes again as another client.
    func reconnect() {
        close(descriptor)
        descriptor = Self.connected(to: socketPath)
    }

    static func canConnect(to path: String) -> Bool {
        guard let descriptor = connection(to: path) else { return false }
        close(descriptor)
        return true
    }

    private static func connected(to path: String) -> Int32 {
        guard let descriptor = connection(to: path) else {
            Bench.fail("\(path) cannot be connected to: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Nil with errno if nobody listens.
    private static func connection(to path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return descriptor }
        let reason = errno
        close(descriptor)
        errno = reason
        return nil
    }

    func lock() { send(lockBytes) }
    func unlock() { send(unlockBytes) }
    /// Sends lock and unlock without a pause.
    func unlockAndLock() { send(unlockBytes + lockBytes) }

    /// The next answer: whether it is the grant.
    func hearsGrant() -> Bool {
        let count = recv(descriptor, &buffer, buffer.count - 1, 0)
        guard count > 0 else { Bench.fail("the daemon has closed a connection") }
        buffer[count] = 0
        return strstr(buffer, #"rc="0""#) != nil
    }

    func awaitGrant() { while !hearsGrant() {} }

    private func send(_ bytes: [UInt8]) {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            Bench.fail("the daemon does not read")
        }
    }

    private static func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                result.append(place <= part.count ? alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The process that listens at the other end.
    var daemon: pid_t {
        var peer = [Int32](repeating: 0, count: 3)
        var size = socklen_t(12)
        getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size)
        return peer[0]
    }
}
