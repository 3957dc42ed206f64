import Foundation
import Synchronization

/// TCP ports of the loopback interface on which no process listens, each given once. They lie below those that the system itself gives to
/// connecting clients (`ip_local_port_range`), so that no other test's connection has taken one by the time it is used.
package enum FreePort {
    private static let ports: ClosedRange<UInt16> = 20_000...27_999
    private static let next = Mutex(UInt16.random(in: ports))

    package static func find() throws -> UInt16 {
        for _ in ports {
            let port = next.withLock { next in
                defer { next = next == ports.upperBound ? ports.lowerBound : next + 1 }
                return next
            }
            // Where a daemon of another test was killed, its record would speak of a journal that is gone.
            if try isFree(port), !Files.exists("/var/lib/flom/tcp-\(port).record") { return port }
        }
        throw NeverHappened(description: "all ports from \(ports.lowerBound) to \(ports.upperBound) are taken")
    }

    private static func isFree(_ port: UInt16) throws -> Bool {
        let address = try SocketAddress("127.0.0.1", port)
        let descriptor = try address.newSocket(SOCK_STREAM)
        defer { close(descriptor) }
        return address.with { bind(descriptor, $0, $1) } == 0
    }
}
