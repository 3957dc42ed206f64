package import FlomNetCore
package import FlomSystem
package import FlomWire
internal import Glibc

/// Asks a group for its daemons, on plain sockets and on every interface. Anything that is not a reply is ignored.
package enum DiscoveryClient {
    /// Sends up to `attempts` queries and returns all daemons that answer. After the first reply it reads on for 20 ms only, so that a
    /// second daemon in the group is noticed at hardly any cost. A lost datagram costs one timeout.
    ///
    /// - Parameters:
    ///   - note: the note of a starter: the daemon that it is about to start, and the age of its journal.
    ///   - interfaces: the interfaces to ask on; those that can carry multicast of the group's family are used.
    ///   - deadline: ends the search early.
    /// - Returns: each daemon once. Those that speak the extension come first, the most senior at the head; then those of 1.7.2 in the
    ///   order of their answers. Empty if none answered.
    /// - Throws: `refused` if `group` is not a group, `failed` if no query could be sent.
    package static func discover(
        _ discovery: Discovery, note: DiscoveryNote? = nil, interfaces: [NetworkInterface] = Interfaces.up(),
        until deadline: Deadline = .never, trace: (DiscoveryStep) -> Void = { _ in }
    ) throws(NetworkError) -> [FoundDaemon] {
        let group = discovery.group
        guard group.isMulticast else { throw .noGroup(group.text) }
        trace(.using(group: group))
        let usable = interfaces.filter { interface in
            interface.carriesMulticast(group.family) && (group.scope == 0 || group.scope == interface.index)
        }
        let socket = try openSocket(for: discovery)
        var query: [UInt8] = []
        do {
            try ClientMessage.discover(extended: true, note: note).encode(into: &query)
        } catch {
            throw NetworkError(.failed, "group \(group) cannot be asked for a daemon: \(error)")
        }
        var found: [FoundDaemon] = []
        for _ in 0..<max(1, discovery.attempts) where !deadline.hasPassed {
            trace(.sending(xml: String(decoding: query, as: UTF8.self)))
            try send(query, to: group, over: socket.number, usable, trace)
            let limit = Deadline.earlier(deadline, .after(milliseconds: max(1, discovery.timeoutMilliseconds)))
            if receive(over: socket.number, asked: group, into: &found, until: limit, trace) { break }
            trace(.noReply)
        }
        return bySeniority(found)
    }

    /// How long to wait for further replies after the first.
    private static let furtherRepliesMilliseconds: Int64 = 20
    /// The most daemons that are returned: more than any group should have. A flood of replies must not fill the memory.
    private static let mostDaemons = 64

    private static func openSocket(for discovery: Discovery) throws(NetworkError) -> Descriptor {
        do { return try MulticastSocket.openSender(discovery.group.family, hops: discovery.ttl) } catch {
            throw NetworkError(.failed, "group \(discovery.group) cannot be asked for a daemon: \(error.reason)")
        }
    }

    /// Sends a query on each interface. The kernel would choose one, and not always that of the daemon.
    private static func send(
        _ query: [UInt8], to group: InternetAddress, over socket: Int32, _ interfaces: [NetworkInterface],
        _ trace: (DiscoveryStep) -> Void
    ) throws(NetworkError) {
        var reasons: [String] = []
        for interface in interfaces {
            var target = group
            if target.takesScope { target.scope = interface.index }
            let isSent =
                MulticastSocket.leave(socket, group.family, through: interface)
                && target.withAddress { sendto(socket, query, query.count, Int32(MSG_NOSIGNAL), $0, $1) } == query.count
            if !isSent {
                let reason = SystemError("sendto").reason
                trace(.cannotSend(interface: interface.name, reason: reason))
                reasons.append("\(interface.name): \(reason)")
            }
        }
        guard interfaces.count > reasons.count else {
            let reason = interfaces.isEmpty ? "no network interface that is up can do so" : reasons.joined(separator: "; ")
            throw NetworkError(
                .failed, "group \(group) cannot be asked for a daemon: \(reason); check the network, or name the host")
        }
    }

    /// Reads replies until the time is over; after a valid one only a little longer.
    ///
    /// - Returns: whether there was a valid reply.
    private static func receive(
        over socket: Int32, asked group: InternetAddress, into found: inout [FoundDaemon], until deadline: Deadline,
        _ trace: (DiscoveryStep) -> Void
    ) -> Bool {
        var limit = deadline
        // One byte more than a reply may have, to recognize longer ones.
        var buffer = [UInt8](repeating: 0, count: FrameLimit.towardsOldClient + 1)
        // The clock is checked too: replies may come without end.
        while !limit.hasPassed, Polling.wait(for: POLLIN, on: socket, until: limit) {
            var count = 0
            let source = InternetAddress.filled { address, length in
                count = recvfrom(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT), address, length)
                return count < 0 ? -1 : 0
            }
            guard count >= 0, let source else { continue }
            let bytes = Array(buffer[..<count])
            switch DiscoveryReply.read(bytes, from: source, asked: group) {
            case .failure(let flaw):
                trace(.ignored(from: source, reason: flaw.reason))
            case .success(let daemon):
                trace(.reply(from: source, xml: String(decoding: bytes, as: UTF8.self)))
                if found.isEmpty { limit = .earlier(deadline, .after(milliseconds: furtherRepliesMilliseconds)) }
                if found.count < mostDaemons, !found.contains(where: { isSame($0, daemon) }) { found.append(daemon) }
            }
        }
        return !found.isEmpty
    }

    /// Whether two replies are of one daemon, which hears a query on each interface that it shares with the client and answers each.
    private static func isSame(_ one: FoundDaemon, _ other: FoundDaemon) -> Bool {
        if one.note != nil || other.note != nil { return one.daemonID == other.daemonID }
        guard one.port == other.port else { return false }
        if one.place == other.place { return true }
        // A 1.7.2 has no id, but on one host a port has one listener.
        guard case .address(let left) = one.place, case .address(let right) = other.place else { return false }
        return Interfaces.isAddressOfThisHost(left) && Interfaces.isAddressOfThisHost(right)
    }

    private static func bySeniority(_ found: [FoundDaemon]) -> [FoundDaemon] {
        let ours = found.filter { $0.note != nil }.sorted { $0.note!.isSenior(to: $1.note!) }
        return ours + found.filter { $0.note == nil }
    }
}
