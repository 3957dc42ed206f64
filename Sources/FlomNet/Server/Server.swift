internal import FlomModel
package import FlomNetCore
internal import Glibc
package import NIOCore
internal import NIOPosix

/// Accepts connections for an owner, on the owner's loop.
package final class Server {
    private let loop: any EventLoop
    private let owner: any ConnectionOwner
    private let tls: TLSAcceptor?
    private var nextSession: UInt64 = 1
    private var listeners: [any Channel] = []
    /// The bounds of all its connections.
    package let bounds = ServerBounds()

    /// - Parameter tls: if given, connections are accepted only with TLS.
    package init(on loop: any EventLoop, owner: any ConnectionOwner, tls: TLSAcceptor? = nil) {
        self.loop = loop
        self.owner = owner
        self.tls = tls
    }

    /// Serves a socket that listens already. Call on the loop.
    ///
    /// - Parameters:
    ///   - keepalive: the keepalive of TCP connections, which get NODELAY as well.
    ///   - whenReady: called on the loop with nil, or why accepting is impossible.
    package func serve(
        listening descriptor: Int32, keepalive: Keepalive? = nil, whenReady: @escaping @Sendable ((any Error)?) -> Void
    ) {
        if let keepalive, !keepalive.apply(to: descriptor) {
            let error = IOError(errnoCode: errno, reason: "setsockopt")
            close(descriptor)
            whenReady(error)
            return
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ServerBootstrap(group: loop)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptErrors(bound.value.bounds, bound.value.owner))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let server = bound.value
                    // Set here and not by the bootstrap, which would make a chain of futures.
                    let options = channel.syncOptions
                    try options?.setOption(.maxMessagesPerRead, value: 8)
                    // Every connection keeps its last buffer however long it waits: otherwise 2 KiB. An unlock and the next lock fit.
                    try options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 384))
                    let session = SessionID(server.nextSession)
                    server.nextSession += 1
                    let pipeline = channel.pipeline.syncOperations
                    guard let tls = server.tls else {
                        return try pipeline.addHandler(
                            ConnectionHandler(session: session, owner: server.owner, bounds: server.bounds))
                    }
                    let passing = keepalive == nil ? DescriptorPassing() : nil
                    if let passing { try pipeline.addHandler(passing) }
                    let verdict = try tls.guardChannel(channel)
                    try pipeline.addHandler(
                        ConnectionHandler(
                            session: session, owner: server.owner, bounds: server.bounds, verdict: verdict, passing: passing))
                }
            }
            .withBoundSocket(descriptor)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    bound.value.listeners.append(channel)
                    whenReady(nil)
                case .failure(let error):
                    whenReady(error)
                }
            }
    }

    /// Stops accepting for now: new connections wait in the kernel. A few that are just being accepted still come.
    ///
    /// - Returns: false if it was paused already.
    package func pause() -> Bool {
        guard !isPaused else { return false }
        isPaused = true
        for listener in listeners { try? listener.syncOptions?.setOption(.autoRead, value: false) }
        return true
    }

    package func resume() {
        guard isPaused else { return }
        isPaused = false
        for listener in listeners { try? listener.syncOptions?.setOption(.autoRead, value: true) }
    }

    private var isPaused = false

    /// Accepts no more connections; open ones stay.
    package func stopListening() {
        for listener in listeners { listener.close(promise: nil) }
        listeners = []
    }
}
