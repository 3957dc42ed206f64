import Foundation
import Synchronization

/// The service manager's end of sd_notify(3): it receives the messages of its daemons.
package final class ServiceManager: Sendable {
    /// The value for `NOTIFY_SOCKET`.
    package let name: String
    private let descriptor: Int32
    private let heard = Mutex<[String]>([])

    /// - Parameter name: a path, or `@` and an abstract name.
    package init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var bytes = Array(name.utf8)
        if name.hasPrefix("@") { bytes[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw SystemFailure("bind \(name)") }
    }

    deinit { close(descriptor) }

    /// All lines so far, in their order.
    package var lines: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        heard.withLock { heard in
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count >= 0 else { break }
                heard += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            }
        }
        return heard.withLock { $0 }
    }

    package func count(of line: String) -> Int { lines.count { $0 == line } }

    /// Executes a command with listening sockets as descriptors 3 and up, as sd_listen_fds(3) says.
    ///
    /// - Parameter addresses: a path, or `ADDRESS PORT`; IPv6 takes IPv6 only.
    package static func activation(_ addresses: [String], _ command: [String]) -> [String] {
        let script = """
            import os, socket, sys
            count = int(sys.argv[1])
            own = []
            for name in sys.argv[2:2 + count]:
                if name.startswith('/'):
                    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    one.bind(name)
                else:
                    address, port = name.split()
                    one = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    if ':' in address: one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    one.bind((address, int(port)))
                one.listen(64)
                own.append(os.dup2(one.fileno(), 30 + len(own)))
            for place, number in enumerate(own): os.dup2(number, 3 + place)
            os.closerange(3 + count, 60)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count), LISTEN_FDNAMES=':'.join(['x'] * count))
            words = sys.argv[2 + count:]
            os.execvp(words[0], words)
            """
        return ["python3", "-c", script, "\(addresses.count)"] + addresses + command
    }
}

extension Sandbox {
    /// Starts a daemon in the foreground, and waits until it serves.
    package func startForeground(_ options: String..., environment: [String: String] = [:]) async throws -> RunningProcess {
        let process = try start(
            [program, "--foreground", "-s", socket, "--journal", journal] + options, environment: environment)
        try await eventually("the daemon serves: \(process.errorsSoFar)") { process.errorsSoFar.contains("FLM003N") }
        return process
    }
}
