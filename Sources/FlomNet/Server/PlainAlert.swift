internal import NIOCore

/// The answer to a peer that speaks TLS where plain text is expected, or the other way round: one unencrypted TLS alert. flom's clients
/// recognize it in both cases, other TLS libraries give up at once, and 1.7.2's clients find the end of the stream.
enum PlainAlert {
    /// The first byte of a ClientHello.
    static let handshakeRecord: UInt8 = 0x16
    static let alertRecord: UInt8 = 0x15
    /// The alert "unexpected message", fatal. flom answers a ClientHello with it in no other case.
    static let bytes: [UInt8] = [alertRecord, 3, 1, 0, 2, 2, 10]
    /// The first bytes of any TLS alert.
    static let opening: [UInt8] = [alertRecord, 3]

    /// How long the connection stays open. If it were closed while the peer is still sending, the peer would find a reset in place of
    /// the alert.
    private static let linger = TimeAmount.milliseconds(100)

    /// Sends the alert and closes. The caller has to ignore what comes meanwhile.
    static func say(_ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: linger) { bound.value.close(promise: nil) }
    }
}

/// The other end of a channel, for the log.
enum PeerName {
    static func of(_ channel: any Channel) -> String {
        if let address = ConnectionHandler.internetAddress(channel.remoteAddress) { return "\(address)" }
        // The kernel no longer has the address of a peer that reset the connection before it was accepted.
        if ConnectionHandler.internetAddress(channel.localAddress) != nil { return "a peer that was gone again" }
        return ConnectionHandler.credentials(of: channel)?.name ?? "a process of this host"
    }
}
