internal import Glibc

/// A connection that speaks as a client of 1.7.2 does: a lock is answered, at once and again when it is granted later; an unlock is not.
final class WireClient {
    let descriptor: Int32
    private let lockBytes: [UInt8]
    private let unlockBytes: [UInt8]
    private var buffer = [UInt8](repeating: 0, count: 2048)

    /// - Parameter resource: letters and digits.
    init(socketPath: String, resource: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { Bench.fail("\(socketPath) cannot be connected to: \(String(cString: strerror(errno)))") }
        self.descriptor = descriptor
        let head = #"<?xml version="1.0" encoding="UTF-8" ?><msg level="3" verb="#
        let name = Self.base64(resource)
        lockBytes = Array(
            (head
                + #""1" step="8"><session peerid=""/><resource name="\#(name)" mode="5" wait="1" create="1" lifespan="0"/></msg>"#)
                .utf8)
        unlockBytes = Array((head + #""2" step="8"><resource name="\#(name)" rollback="0" /></msg>"#).utf8)
    }

    func disconnect() { close(descriptor) }

    func lock() { send(lockBytes) }
    func unlock() { send(unlockBytes) }
    /// Sends lock and unlock without a pause.
    func unlockAndLock() { send(unlockBytes + lockBytes) }

    /// The next answer: whether it is the grant.
    func hearsGrant() -> Bool {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { Bench.fail("the daemon has closed a connection") }
        return buffer[..<count].contains(#"rc="0""#)
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

extension ArraySlice<UInt8> {
    fileprivate func contains(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard count >= wanted.count else { return false }
        return (startIndex...endIndex - wanted.count).contains { self[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
