internal import FlomModel
internal import Glibc
package import NIOCore
internal import NIOPosix

/// Accepts connections for an owner, all on the owner's loop.
package final class Server {
    private let loop: any EventLoop
    private let owner: any ConnectionOwner
    private let tls: TLSAcceptor?
    private var nextSession: UInt64 = 1
    private var listeners: [any Channel] = []
    /// Of all its connections.
    package let bounds = ServerBounds()

    /// - Parameter tls: if given, nobody is let in without it.
    package init(on loop: any EventLoop, owner: any ConnectionOwner, tls: TLSAcceptor? = nil) {
        self.loop = loop
        self.owner = owner
        self.tls = tls
    }

    /// Serves a socket that listens already. Call on the loop.
    ///
    /// - Parameters:
    ///   - keepalive: for TCP; the connections get it, and NODELAY.
    ///   - whenReady: told on the loop: nil, or why accepting is impossible.
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
                    try channel.pipeline.syncOperations.addHandler(AcceptTrouble(bound.value.bounds, bound.value.owner))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let server = bound.value
                    // Here, and not by the bootstrap, which makes a chain of futures of them.
                    let options = channel.syncOptions
                    try options?.setOption(.maxMessagesPerRead, value: 8)
                    // Every connection keeps its last buffer, however long it waits: 2 KiB otherwise. Most messages take two.
                    try options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 256))
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

    /// Accepts nobody for now: who connects waits where the kernel keeps him. A few who are just being accepted still come.
    ///
    /// - Returns: false if it did already.
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

    /// Takes no more connections; those that are open stay.
    package func stopListening() {
        for listener in listeners { listener.close(promise: nil) }
        listeners = []
    }
}
