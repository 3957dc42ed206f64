package import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Serves what is read over HTTP, on a loop of its own, so that no lock waits for a reader.
package struct HTTPServer: Sendable {
    private let loop: any EventLoop
    private let service: any HTTPService
    private let mostConnections: Int

    /// - Parameter mostConnections: streams included. One more ends the one that has been silent longest.
    package init(on loop: any EventLoop, mostConnections: Int, _ service: any HTTPService) {
        self.loop = loop
        self.mostConnections = mostConnections
        self.service = service
    }

    /// Serves a socket that listens already.
    ///
    /// - Parameters:
    ///   - credentials: with which it speaks TLS; nil for plain text. They are this server's alone.
    ///   - refused: told on the server's loop of peers that TLS has refused.
    ///   - whenReady: called with nil, or with why accepting is impossible.
    package func serve(
        listening descriptor: Int32, credentials: sending TLSCredentials?,
        refused: @escaping @Sendable (_ peer: String, _ reason: String) -> Void, whenReady: @escaping @Sendable (String?) -> Void
    ) {
        let acceptor = credentials.map { credentials in
            TLSAcceptor(credentials) { if case .refused(let peer, let reason) = $0 { refused(peer, reason) } }
        }
        let shared = NIOLoopBoundBox.makeBoxSendingValue(Shared(mostConnections, acceptor), eventLoop: loop)
        let service = service
        ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (bounds, tls) = (shared.value.bounds, shared.value.tls)
                    guard bounds.enters() else { throw ChannelError.ioOnClosedChannel }
                    channel.closeFuture.assumeIsolated().whenComplete { _ in bounds.left() }
                    let pipeline = channel.pipeline.syncOperations
                    let verdict = try tls?.guardChannel(channel)
                    try pipeline.addHandler(RequestSizeLimit())
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(HTTPHandler(service, bounds, verdict))
                }
            }
            .withBoundSocket(descriptor)
            .whenComplete { result in
                switch result {
                case .success: whenReady(nil)
                case .failure(let error): whenReady("\(error)")
                }
            }
    }

    private final class Shared {
        let bounds: HTTPBounds
        let tls: TLSAcceptor?

        init(_ mostConnections: Int, _ tls: TLSAcceptor?) {
            bounds = HTTPBounds(mostConnections)
            self.tls = tls
        }
    }
}

/// Ends a connection that sends more bytes before its answer than a request has.
private final class RequestSizeLimit: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var bytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        guard bytes <= HTTPBounds.mostRequestBytes else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        bytes = 0
        context.write(data, promise: promise)
    }
}
