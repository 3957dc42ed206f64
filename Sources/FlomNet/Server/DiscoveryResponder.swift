package import FlomNetCore
internal import FlomSystem
package import FlomWire
internal import Glibc
package import NIOCore
internal import NIOPosix

/// Answers the queries of a multicast group, and hears the queries of other starters. Used on the daemon's loop only.
///
/// The socket stays open whatever arrives: 1.7.2's daemon loses its discovery to one empty datagram. Shutdown and all other messages
/// are accepted only on connections, whose peer is known.
package final class DiscoveryResponder {
    /// The answer to a query.
    package struct Answer: Hashable, Sendable {
        /// The address as configured; empty for the wildcard address: the client then uses the source of the answer.
        package var address: String
        package var port: UInt16
        /// The note, for clients that sent the marker.
        package var note: DiscoveryNote?

        package init(address: String, port: UInt16, note: DiscoveryNote? = nil) {
            let isWildcard = InternetAddress(text: address, port: port)?.isWildcard ?? false
            self.address = isWildcard ? "" : address
            self.port = port
            self.note = note
        }
    }

    /// The answer to queries. While it is nil none is answered, because it is not decided yet which daemon serves the group.
    package var answer: Answer?
    /// The names of the interfaces on which the group is joined.
    package var joinedInterfaces: [String] { memberships.values.sorted() }

    /// How often to look for new interfaces.
    private static let rescanInterval = TimeAmount.seconds(10)

    private let loop: any EventLoop
    private let group: InternetAddress
    private let interfaces: () -> [NetworkInterface]
    private let onQuery: (DiscoveryNote?, InternetAddress) -> Void
    private var channel: (any Channel)?
    /// The channel's descriptor, for what the channel does not offer; -1 if it has none.
    private var descriptor: Int32 = -1
    /// The names of the joined interfaces by index.
    private var memberships: [UInt32: String] = [:]
    private var rescanTimer: RepeatedTask?
    private var isStopped = false

    /// - Parameters:
    ///   - group: the group's address and port. If it has an interface, that is the only one that is joined.
    ///   - interfaces: called again and again, because interfaces come and go.
    ///   - onQuery: called for each query with the sender's note, this daemon's own queries included.
    package init(
        on loop: any EventLoop, group: InternetAddress, answer: Answer? = nil,
        interfaces: @escaping () -> [NetworkInterface] = Interfaces.up,
        onQuery: @escaping (DiscoveryNote?, InternetAddress) -> Void = { _, _ in }
    ) {
        self.loop = loop
        self.group = group
        self.answer = answer
        self.interfaces = interfaces
        self.onQuery = onQuery
    }

    /// Joins the group on every interface that can carry it. It is no error if none can: one may come later.
    ///
    /// - Parameter whenReady: called on the loop with nil, or why the group cannot be served.
    package func start(whenReady: @escaping (NetworkError?) -> Void) {
        loop.preconditionInEventLoop()
        guard group.isMulticast else { return whenReady(.noGroup(group.text)) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        rescanTimer = loop.scheduleRepeatedTask(initialDelay: Self.rescanInterval, delay: Self.rescanInterval) { _ in
            bound.value.rescan()
        }
        open(whenReady)
    }

    /// Stops for good.
    package func stop() {
        isStopped = true
        rescanTimer?.cancel()
        channel?.close(promise: nil)
    }

    /// Joins on new interfaces, and forgets those that are gone.
    package func rescan() {
        guard !isStopped else { return }
        if descriptor < 0 { open { _ in } }
        join()
    }

    private func open(_ whenReady: @escaping (NetworkError?) -> Void) {
        do throws(SystemError) {
            // Several daemons of a host may serve a group. Each hears every query.
            let socket = try MulticastSocket.openMember(group)
            descriptor = socket.release()
        } catch {
            whenReady(
                NetworkError(
                    .refused,
                    "the UDP port \(group.port) of group \(group.text) cannot be opened: \(error.reason); "
                        + "choose another with --multicast-port"))
            return
        }
        join()
        let bound = NIOLoopBound((responder: self, whenReady: whenReady), eventLoop: loop)
        DatagramBootstrap(group: loop)
            // Longer than any query, so that a query that is too long is recognized.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2 * FrameLimit.towardsOldDaemon))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(bound.value.responder))
                }
            }
            .withBoundSocket(descriptor)
            .whenComplete { result in
                let (responder, whenReady) = bound.value
                switch result {
                case .success(let channel):
                    responder.serve(channel)
                    whenReady(nil)
                case .failure(let error):
                    responder.isClosed()
                    whenReady(NetworkError(.failed, "group \(responder.group) cannot be served: \(error)"))
                }
            }
    }

    private func serve(_ channel: any Channel) {
        self.channel = channel
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.whenComplete { _ in bound.value.isClosed() }
        if isStopped { channel.close(promise: nil) }
    }

    /// Forgets the channel. The next look at the interfaces opens it again.
    private func isClosed() {
        descriptor = -1
        channel = nil
        memberships = [:]
    }

    private func join() {
        guard descriptor >= 0 else { return }
        let usable = interfaces().filter { interface in
            interface.carriesMulticast(group.family) && (group.scope == 0 || group.scope == interface.index)
        }
        for (index, _) in memberships where !usable.contains(where: { $0.index == index }) {
            _ = MulticastSocket.leaveGroup(descriptor, group, on: index)
            memberships[index] = nil
        }
        for interface in usable where memberships[interface.index] == nil {
            if MulticastSocket.join(descriptor, group, on: interface.index) || errno == EADDRINUSE {
                memberships[interface.index] = interface.name
            }
        }
    }

    fileprivate func received(_ bytes: [UInt8], from source: InternetAddress) {
        guard bytes.count <= FrameLimit.towardsOldDaemon,
            case .discover(let isExtended, let note)? = try? ClientMessage(decoding: bytes)
        else { return }
        if let answer {
            let message = ServerMessage.location(
                address: answer.address, port: answer.port, note: isExtended ? answer.note : nil)
            var reply: [UInt8] = []
            // Not through the channel, which closes when the system refuses to send (no route, a firewall, port 0). The client asks
            // again if an answer is lost.
            if message.encode(into: &reply) {
                _ = source.withAddress { sendto(descriptor, reply, reply.count, Int32(MSG_DONTWAIT), $0, $1) }
            }
        }
        Trace.step(.connections, "a discovery query from \(source)" + (answer == nil ? ", not answered yet" : ""))
        onQuery(note, source)
    }
}

private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    // Keeps the responder until the channel is closed: `stop` ends both.
    private let responder: DiscoveryResponder

    init(_ responder: DiscoveryResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let source = envelope.remoteAddress.withSockAddr({ address, _ in InternetAddress(address) }) else { return }
        responder.received(Array(envelope.data.readableBytesView), from: source)
    }

    // The default for errors is to do nothing: the socket stays open.
}
