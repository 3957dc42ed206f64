package import FlomNetCore
package import FlomSystem
internal import Glibc

/// A test of whether multicast passes between two hosts: one datagram to a group and one back, of no protocol (`--debug-feature`).
package enum MulticastExchange {
    private static let longest = 1500

    /// Waits for one datagram to the group, on any interface, and answers its sender.
    ///
    /// - Parameter arrived: called with the datagram before it is answered.
    /// - Throws: `timedOut` if nothing came, `failed` with the system's reason.
    package static func answer(
        _ group: InternetAddress, with reply: String, until deadline: Deadline, arrived: (String) -> Void
    ) throws(NetworkError) {
        let socket = try member(of: group)
        let joined = usable(group).filter { MulticastSocket.join(socket.number, group, on: $0.index) }
        guard !joined.isEmpty else {
            throw NetworkError(.failed, "group \(group) cannot be joined on any interface: \(SystemError("join").reason)")
        }
        Trace.step(.debugFeatures, "joined \(group) on \(joined.map(\.name).joined(separator: ", "))")
        guard let (text, source) = receive(over: socket.number, until: deadline) else {
            throw NetworkError(.timedOut, "no datagram has arrived in group \(group)")
        }
        Trace.step(.debugFeatures, "a datagram from \(source)")
        arrived(text)
        let bytes = Array(reply.utf8)
        guard source.withAddress({ sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }) == bytes.count else {
            throw NetworkError(.failed, "\(source) cannot be answered: \(SystemError("sendto").reason)")
        }
    }

    /// Sends one datagram to the group on every interface, and waits for an answer.
    ///
    /// - Parameters:
    ///   - hops: the number of links that it may cross.
    ///   - sent: called when it was sent.
    /// - Throws: as `answer`.
    package static func ask(
        _ group: InternetAddress, _ question: String, hops: Int, until deadline: Deadline, sent: () -> Void
    ) throws(NetworkError) -> String {
        let socket = try sender(to: group, hops: hops)
        let bytes = Array(question.utf8)
        var reason = "no network interface that is up can do so"
        var isSent = false
        for interface in usable(group) {
            var target = group
            if target.takesScope { target.scope = interface.index }
            if MulticastSocket.leave(socket.number, group.family, through: interface),
                target.withAddress({ sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }) == bytes.count
            {
                Trace.step(.debugFeatures, "sent to \(group) on \(interface.name)")
                isSent = true
            } else {
                reason = "\(interface.name): \(SystemError("sendto").reason)"
            }
        }
        guard isSent else { throw NetworkError(.failed, "nothing can be sent to group \(group): \(reason)") }
        sent()
        guard let (text, source) = receive(over: socket.number, until: deadline) else {
            throw NetworkError(.timedOut, "no answer has come from group \(group)")
        }
        Trace.step(.debugFeatures, "an answer from \(source)")
        return text
    }

    private static func member(of group: InternetAddress) throws(NetworkError) -> Descriptor {
        do { return try MulticastSocket.openMember(group) } catch {
            throw NetworkError(.failed, "UDP port \(group.port) cannot be opened: \(error.reason)")
        }
    }

    private static func sender(to group: InternetAddress, hops: Int) throws(NetworkError) -> Descriptor {
        do { return try MulticastSocket.openSender(group.family, hops: hops) } catch {
            throw NetworkError(.failed, "no UDP socket can be opened: \(error.reason)")
        }
    }

    private static func usable(_ group: InternetAddress) -> [NetworkInterface] {
        Interfaces.up().filter { $0.carriesMulticast(group.family) && (group.scope == 0 || group.scope == $0.index) }
    }

    private static func receive(over socket: Int32, until deadline: Deadline) -> (text: String, source: InternetAddress)? {
        var buffer = [UInt8](repeating: 0, count: longest)
        while Polling.wait(for: POLLIN, on: socket, until: deadline) {
            var count = 0
            let source = InternetAddress.filled { address, length in
                count = recvfrom(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT), address, length)
                return count < 0 ? -1 : 0
            }
            if let source { return (String(decoding: buffer[..<count], as: UTF8.self), source) }
            if deadline.hasPassed { break }
        }
        return nil
    }
}
