internal import CFlomSystem
internal import NIOCore

/// Sends a descriptor along with encrypted bytes, which NIO's own writes cannot. It is the last handler before the socket, so that the
/// bytes keep their order.
final class DescriptorPassing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The descriptor to send with the next write, unless earlier writes are still pending. A waiting client has read all of them.
    var descriptor: Int32?
    private var pendingWrites = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = unwrapOutboundIn(data)
        if let descriptor {
            self.descriptor = nil
            if pendingWrites == 0 {
                let sent = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                    of: NIOBSDSocket.Handle.self
                ) { socket in
                    buffer.withUnsafeReadableBytes { flom_send_descriptor(socket, $0.baseAddress, $0.count, descriptor) }
                }
                if let sent, sent > 0 { buffer.moveReaderIndex(forwardBy: sent) }
            }
        }
        pendingWrites += 1
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { [self] _ in pendingWrites -= 1 }
        context.write(wrapOutboundOut(buffer), promise: written)
    }
}
