internal import NIOCore

/// What is said to a peer that speaks TLS where plain text is spoken, or the other way round: one TLS alert that is not encrypted.
/// Both of our clients know it, other people's TLS libraries give up at once, and 1.7.2's clients find the end of the stream.
enum PlainAlert {
    /// The first byte of a ClientHello.
    static let handshakeRecord: UInt8 = 0x16
    static let alertRecord: UInt8 = 0x15
    /// Fatal, unexpected message: nothing else of ours answers a ClientHello with it.
    static let bytes: [UInt8] = [alertRecord, 3, 1, 0, 2, 2, 10]
    /// With what an alert begins, whoever sends it.
    static let opening: [UInt8] = [alertRecord, 3]

    /// So long the connection stays: if it were closed over what the peer is still sending, the peer would find a reset in place of
    /// the alert.
    private static let linger = TimeAmount.milliseconds(100)

    /// Says it and closes. What comes meanwhile is the caller's to ignore.
    static func say(_ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: linger) { bound.value.close(promise: nil) }
    }
}

/// Who is at the other end, for the log.
enum PeerName {
    static func of(_ channel: any Channel) -> String {
        if let address = ConnectionHandler.internetAddress(channel.remoteAddress) { return "\(address)" }
        // The kernel does not say any more who has reset a connection before it was taken.
        if ConnectionHandler.internetAddress(channel.localAddress) != nil { return "somebody who was gone again" }
        return ConnectionHandler.credentials(of: channel)?.name ?? "a process of this host"
    }
}
