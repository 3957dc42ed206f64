internal import Glibc

/// Locks and unlocks over and over on some connections, each with a resource of its own, as a 1.7.2 client speaks: the lock is
/// answered, the unlock is not.
struct PairLoad {
    let socketPath: String
    let connections: Int

    struct Result {
        let pairs: Int
        let seconds: Double
        /// Nanoseconds from a lock request to its answer, sorted.
        let latencies: [Int64]

        func line(_ name: String, _ connections: Int) -> String {
            let label = CommandTimes.padded("\(name), \(connections) connection\(connections == 1 ? "" : "s")", 24)
            let (median, late) = (latencies[latencies.count / 2], latencies[latencies.count * 99 / 100])
            let rate = Int(Double(pairs) / seconds)
            return "  \(label) \(rate) pairs/s  p50 \(Ticks.microseconds(median)) us  p99 \(Ticks.microseconds(late)) us"
        }
    }

    private struct Client {
        let descriptor: Int32
        let lock: [UInt8]
        let unlockAndLock: [UInt8]
        var askedAt: Int64 = 0
    }

    func run(seconds: Int) -> Result {
        var clients = (0..<connections).map { open($0) }
        var waiting = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var latencies: [Int64] = []
        let start = Ticks.now()
        let end = start + Int64(seconds) * 1_000_000_000
        for index in clients.indices {
            clients[index].askedAt = Ticks.now()
            send(clients[index].descriptor, clients[index].lock)
        }
        var now = start
        var buffer = [UInt8](repeating: 0, count: 2048)
        while now < end {
            guard poll(&waiting, nfds_t(waiting.count), 5000) > 0 else { fatalError("the daemon does not answer") }
            for index in waiting.indices where waiting[index].revents != 0 {
                guard recv(clients[index].descriptor, &buffer, buffer.count, 0) > 0 else { fatalError("the daemon has closed") }
                now = Ticks.now()
                latencies.append(now - clients[index].askedAt)
                clients[index].askedAt = now
                send(clients[index].descriptor, clients[index].unlockAndLock)
            }
        }
        for client in clients { close(client.descriptor) }
        return Result(pairs: latencies.count, seconds: Double(now - start) / 1e9, latencies: latencies.sorted())
    }

    private func open(_ number: Int) -> Client {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { fatalError("\(socketPath) cannot be connected to") }
        let name = Self.names[number]
        let head = #"<?xml version="1.0" encoding="UTF-8" ?><msg level="3" verb="#
        let lock = Array(
            (head
                + #""1" step="8"><session peerid=""/><resource name="\#(name)" mode="5" wait="1" create="1" lifespan="0"/></msg>"#)
                .utf8)
        let unlock = Array((head + #""2" step="8"><resource name="\#(name)" rollback="0" /></msg>"#).utf8)
        return Client(descriptor: descriptor, lock: lock, unlockAndLock: unlock + lock)
    }

    /// Base64 of 64 names of three letters each, which is four characters without padding.
    private static let names: [String] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<64).map { number in
            let bytes: [UInt8] = [UInt8(ascii: "b"), UInt8(97 + number / 8), UInt8(97 + number % 8)]
            let bits = UInt32(bytes[0]) << 16 | UInt32(bytes[1]) << 8 | UInt32(bytes[2])
            return String(decoding: [18, 12, 6, 0].map { alphabet[Int(bits >> $0 & 63)] }, as: UTF8.self)
        }
    }()

    private func send(_ descriptor: Int32, _ bytes: [UInt8]) {
        guard Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count else { fatalError("the daemon does not read") }
    }
}
