package import FlomNetCore
package import FlomSystem
internal import FlomWire
internal import Glibc

/// A real query on one interface, to find out which hosts hear it: first of all this host itself.
package enum MulticastProbe {
    package struct Result: Hashable, Sendable {
        /// Why the query could not be sent; nil if it was.
        package var sendFailure: String?
        /// Why this host could not listen for the query; nil if it could.
        package var joinFailure: String?
        /// Whether the query came back on the interface on which it was sent.
        package var isHeard = false
        package var daemons: [FoundDaemon] = []

        package init() {}
    }

    /// How long to wait for the query to come back: the kernel loops it back at once, firewalls and queues may take a moment.
    private static let echoMilliseconds: Int64 = 200
    /// The most datagrams to read: more than any group answers. A flood must not last for ever.
    private static let mostDatagrams = 1000

    /// Sends the query and waits as long as `discovery` waits for daemons, and a moment more.
    ///
    /// - Throws: `refused` if its group is not a group.
    package static func run(
        _ discovery: Discovery, on interface: NetworkInterface, until deadline: Deadline = .never
    ) throws(NetworkError) -> Result {
        var result = Result()
        let member: Descriptor?
        do { member = try join(discovery.group, interface) } catch {
            member = nil
            result.joinFailure = error.reason
        }
        // The note distinguishes this query from others. No daemon waits for a starter whose journal is younger than any.
        let note = DiscoveryNote(
            daemonID: "probe-" + Host.randomBytes(8).map { String($0, radix: 16) }.joined(separator: "."),
            createdAtMicroseconds: .max)
        var query: [UInt8] = []
        var failure: String?
        do throws(NetworkError) {
            result.daemons = try DiscoveryClient.discover(discovery, note: note, interfaces: [interface], until: deadline) {
                step in
                switch step {
                case .sending(let xml): query = Array(xml.utf8)
                case .cannotSend(_, let reason): failure = reason
                case .using, .noReply, .reply, .ignored: break
                }
            }
        } catch  where error.kind == .failed {
            failure = failure ?? error.sentence
        }
        // It is enough that one of several attempts came through.
        if result.daemons.isEmpty { result.sendFailure = failure }
        if let member { result.isHeard = hears(query, over: member.number) }
        return result
    }

    private static func join(_ group: InternetAddress, _ interface: NetworkInterface) throws(SystemError) -> Descriptor {
        let socket = try MulticastSocket.openMember(group)
        guard MulticastSocket.join(socket.number, group, on: interface.index) else { throw SystemError("join") }
        return socket
    }

    private static func hears(_ query: [UInt8], over socket: Int32) -> Bool {
        let limit = Deadline.after(milliseconds: echoMilliseconds)
        var buffer = [UInt8](repeating: 0, count: 2 * FrameLimit.towardsOldDaemon)
        for _ in 0..<mostDatagrams {
            guard Polling.wait(for: POLLIN, on: socket, until: limit) else { return false }
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == query.count && buffer.starts(with: query) { return true }
        }
        return false
    }
}
