package import FlomNetCore
package import FlomSystem
internal import Glibc

/// Connects to a daemon over TCP.
package enum TCPConnector {
    /// Tries the addresses in their order. Each but the last gets an equal share of the time that is left, so that an address which does
    /// not answer leaves time for the next one.
    ///
    /// - Throws: `nobodyListens` only if every address refused the connection: a host that does not answer may have a daemon all the
    ///   same. `timedOut` if one did not answer in time; `failed` with the system's reason otherwise.
    package static func connect(
        to addresses: [InternetAddress], keepalive: Keepalive = Keepalive(), until deadline: Deadline
    ) throws(NetworkError) -> ClientConnection {
        let (descriptor, address) = try reach(addresses, keepalive, until: deadline)
        return ClientConnection(owning: descriptor, place: "\(address)", address: address)
    }

    /// Connects as `connect` does, for another protocol. The caller owns the descriptor, which does not block.
    static func descriptor(to addresses: [InternetAddress], until deadline: Deadline) throws(NetworkError) -> Int32 {
        let descriptor = try reach(addresses, Keepalive(), until: deadline).descriptor
        OwnSocket.forget(descriptor)
        return descriptor
    }

    private static func reach(
        _ addresses: [InternetAddress], _ keepalive: Keepalive, until deadline: Deadline
    ) throws(NetworkError) -> (descriptor: Int32, address: InternetAddress) {
        var failures: [(address: InternetAddress, failure: Failure)] = []
        for (place, address) in addresses.enumerated() {
            Trace.step(.tcp, "connecting to \(address)")
            let limit = share(of: deadline, among: addresses.count - place)
            switch attempt(address, keepalive, until: limit) {
            case .success(let descriptor): return (descriptor, address)
            case .failure(let failure):
                Trace.step(.tcp, "\(address): \(reason(failure))")
                failures.append((address, failure))
            }
        }
        throw complaint(failures)
    }

    private enum Failure: Error, Equatable {
        case refused
        case timedOut
        case system(SystemError)
    }

    /// The end of an equal share of the time that is left.
    package static func share(of deadline: Deadline, among count: Int) -> Deadline {
        guard deadline.at != Deadline.never.at, count > 1 else { return deadline }
        let now = Clock.boottimeNanoseconds()
        return Deadline(at: now + max(0, deadline.at - now) / Int64(count))
    }

    private static func attempt(
        _ address: InternetAddress, _ keepalive: Keepalive, until deadline: Deadline
    ) -> Result<Int32, Failure> {
        let descriptor = OwnSocket.open(address.family.number)
        guard descriptor >= 0 else { return .failure(.system(SystemError("socket"))) }
        guard keepalive.apply(to: descriptor) else {
            return failure(of: address, SystemError("setsockopt"), closing: descriptor)
        }
        if address.withAddress({ Glibc.connect(descriptor, $0, $1) }) != 0 {
            // An interrupted connect goes on by itself.
            guard errno == EINPROGRESS || errno == EINTR else {
                return failure(of: address, SystemError("connect"), closing: descriptor)
            }
            guard Polling.wait(for: POLLOUT, on: descriptor, until: deadline) else {
                OwnSocket.close(descriptor)
                return .failure(.timedOut)
            }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { return failure(of: address, SystemError("connect", code: code), closing: descriptor) }
        }
        // A port in the range from which the kernel takes source ports can, once in many thousand times, be connected to itself when
        // it has no listener.
        let local = InternetAddress.filled { getsockname(descriptor, $0, $1) }
        guard local == nil || local != InternetAddress.filled(by: { getpeername(descriptor, $0, $1) }) else {
            OwnSocket.close(descriptor)
            return .failure(.refused)
        }
        return .success(descriptor)
    }

    private static func failure(
        of address: InternetAddress, _ error: SystemError, closing descriptor: Int32
    ) -> Result<Int32, Failure> {
        OwnSocket.close(descriptor)
        switch error.code {
        case ECONNREFUSED, ECONNRESET:
            // Reset: the listener ended before it accepted the connection.
            return .failure(.refused)
        case ETIMEDOUT:
            return .failure(.timedOut)
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL:
            // An address of this host that cannot be reached has no listener.
            let isHere = address.isWildcard || Interfaces.isAddressOfThisHost(address)
            return .failure(isHere ? .refused : .system(error))
        default:
            return .failure(.system(error))
        }
    }

    private static func complaint(_ failures: [(address: InternetAddress, failure: Failure)]) -> NetworkError {
        let all = failures.map { "\($0.address)" }.joined(separator: " or ")
        if failures.isEmpty { return NetworkError(.failed, "there is no address to connect to") }
        if failures.allSatisfy({ $0.failure == .refused }) {
            return NetworkError(.nobodyListens, "no daemon listens on \(all): start one there, or check the address")
        }
        if failures.allSatisfy({ $0.failure == .timedOut }) {
            return NetworkError(
                .timedOut, "no answer from \(all) in time: the host is down, or a firewall drops what is sent to it")
        }
        let reasons = failures.map { "\($0.address): \(reason($0.failure))" }.joined(separator: "; ")
        let isTimedOut = failures.contains { $0.failure == .timedOut }
        return NetworkError(
            isTimedOut ? .timedOut : .failed, "the daemon cannot be reached (\(reasons)): check the address and the network")
    }

    private static func reason(_ failure: Failure) -> String {
        switch failure {
        case .refused: "nobody listens"
        case .timedOut: "no answer in time"
        case .system(let error): error.reason
        }
    }
}
