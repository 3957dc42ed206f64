internal import FlomSystem
package import FlomWire
internal import Glibc
package import NIOCore
internal import NIOPosix

/// Answers the queries of a group, and hears who else asks in it. On the daemon's loop only.
///
/// Whatever arrives, the socket stays: 1.7.2's daemon loses its discovery to one empty datagram. Shutdown and all else but the
/// query is for connections, whose peer is known.
package final class DiscoveryResponder {
    /// What is told to those who ask.
    package struct Answer: Hashable, Sendable {
        /// As configured; empty for the wildcard address: the client then takes the one from which the answer came.
        package var address: String
        package var port: UInt16
        /// Only for those who sent the marker.
        package var note: DiscoveryNote?

        package init(address: String, port: UInt16, note: DiscoveryNote? = nil) {
            let isWildcard = InternetAddress(text: address, port: port)?.isWildcard ?? false
            self.address = isWildcard ? "" : address
            self.port = port
            self.note = note
        }
    }

    /// Nil: listens, but answers nobody, as long as it is not settled who will serve the group.
    package var answer: Answer?
    /// The interfaces on which the group is joined.
    package var joinedInterfaces: [String] { memberships.values.sorted() }

    /// New interfaces are looked for so often.
    private static let rescanInterval = TimeAmount.seconds(10)

    private let loop: any EventLoop
    private let group: InternetAddress
    private let interfaces: () -> [NetworkInterface]
    private let onQuery: (DiscoveryNote?, InternetAddress) -> Void
    private var channel: (any Channel)?
    /// The channel's own, for what it does not offer; -1 when there is none.
    private var descriptor: Int32 = -1
    /// By the index of the interface, its name.
    private var memberships: [UInt32: String] = [:]
    private var rescanTimer: RepeatedTask?
    private var isStopped = false

    /// - Parameters:
    ///   - group: address and port; the interface, if it has one, is the only one that is joined.
    ///   - interfaces: asked again and again, for interfaces come and go.
    ///   - onQuery: hears each query with the sender's note, our own queries included.
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

    /// Joins the group on every interface that can. An interface that cannot, or none at all, is no error: one may come.
    ///
    /// - Parameter whenReady: told on the loop: nil, or why the group cannot be served.
    package func start(whenReady: @escaping (NetworkError?) -> Void) {
        loop.preconditionInEventLoop()
        guard group.isMulticast else { return whenReady(.noGroup(group.text)) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        rescanTimer = loop.scheduleRepeatedTask(initialDelay: Self.rescanInterval, delay: Self.rescanInterval) { _ in
            bound.value.rescan()
        }
        open(whenReady)
    }

    /// Ends it for good.
    package func stop() {
        isStopped = true
        rescanTimer?.cancel()
        channel?.close(promise: nil)
    }

    /// Joins on interfaces that have come, and forgets those that have gone.
    package func rescan() {
        guard !isStopped else { return }
        if descriptor < 0 { open { _ in } }
        join()
    }

    private func open(_ whenReady: @escaping (NetworkError?) -> Void) {
        do throws(SystemError) {
            // Several daemons of a host may serve a group; each hears every query.
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
            // Longer than any query, so that one that is too long is known.
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

    /// The next look at the interfaces opens it again.
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
            case .discover(let isMarked, let note)? = try? ClientMessage(decoding: bytes)
        else { return }
        if let answer {
            let message = ServerMessage.location(
                address: answer.address, port: answer.port, note: isMarked ? answer.note : nil)
            var reply: [UInt8] = []
            // Past the channel, which closes when the system refuses to send (no route, a firewall, port 0). An answer that is
            // lost is asked for again.
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

    // Holds it until the channel is closed: `stop` ends both.
    private let responder: DiscoveryResponder

    init(_ responder: DiscoveryResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let source = envelope.remoteAddress.withSockAddr({ address, _ in InternetAddress(address) }) else { return }
        responder.received(Array(envelope.data.readableBytesView), from: source)
    }

    // The default for errors is to do nothing: the socket stays.
}
