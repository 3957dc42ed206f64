internal import Dispatch
internal import NIOCore

/// A channel without a socket, for handlers that turn bytes into bytes. It keeps what they write until it is taken.
///
/// Like `EmbeddedChannel`, but a program may use it from one thread after the other: a lock is asked for by one and released by another.
/// Only one may use it at a time.
final class PumpChannel: Channel, @unchecked Sendable {
    let loop = PumpLoop()
    var eventLoop: any EventLoop { loop }
    private(set) var isActive = false
    private var isOpen = true
    private var pending: [ByteBuffer] = []
    private var written: [ByteBuffer] = []
    /// The first error that no handler has taken.
    private var error: (any Error)?
    private let closePromise: EventLoopPromise<Void>
    private var ownPipeline: ChannelPipeline?

    init() {
        closePromise = loop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
    }

    /// Makes it active, so that handlers begin.
    func begin() throws {
        register(promise: nil)
        connect(to: try SocketAddress(unixDomainSocketPath: "peer"), promise: nil)
        loop.run()
    }

    /// Passes bytes to the handlers, as if they had been received.
    func receive(_ bytes: ByteBuffer) throws {
        pipeline.fireChannelRead(bytes)
        pipeline.fireChannelReadComplete()
        loop.run()
        guard let found = error else { return }
        error = nil
        throw found
    }

    /// Has the handlers send bytes.
    func send(_ bytes: ByteBuffer) {
        writeAndFlush(bytes, promise: nil)
        loop.run()
    }

    /// What they have sent since the last call.
    func takeWritten() -> [ByteBuffer] {
        defer { written = [] }
        return written
    }

    /// Ends it, whatever the handlers wait for.
    func end() {
        close(promise: nil)
        loop.runEverything()
        if isOpen { close0(error: ChannelError.alreadyClosed, mode: .all, promise: nil) }
        loop.runEverything()
        ownPipeline = nil
    }

    // MARK: - Channel

    let allocator = ByteBufferAllocator()
    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var pipeline: ChannelPipeline { ownPipeline! }
    var localAddress: SocketAddress? { nil }
    var remoteAddress: SocketAddress? { nil }
    var parent: (any Channel)? { nil }
    var isWritable: Bool { true }
    var _channelCore: any ChannelCore { self }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        loop.makeSucceededVoidFuture()
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        loop.makeFailedFuture(ChannelError.operationUnsupported)
    }
}

extension PumpChannel: ChannelCore {
    func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }

    func register0(promise: EventLoopPromise<Void>?) {
        promise?.succeed(())
        pipeline.syncOperations.fireChannelRegistered()
    }

    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { register0(promise: promise) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.succeed(()) }

    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        isActive = true
        promise?.succeed(())
        pipeline.syncOperations.fireChannelActive()
    }

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        pending.append(unwrapData(data))
        promise?.succeed(())
    }

    func flush0() {
        written += pending
        pending = []
    }

    func read0() {}

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isOpen else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        (isOpen, isActive) = (false, false)
        promise?.succeed(())
        pipeline.syncOperations.fireChannelInactive()
        pipeline.syncOperations.fireChannelUnregistered()
        // A handler may be in the middle of something.
        loop.execute { [self] in
            removeHandlers(pipeline: pipeline)
            closePromise.succeed(())
        }
    }

    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) { self.error = self.error ?? error }
}

/// The event loop of such a channel: it runs what has to be done when it is told to.
final class PumpLoop: EventLoop, @unchecked Sendable {
    private var tasks: [() -> Void] = []
    private var later: [Int: () -> Void] = [:]
    private var lastNumber = 0

    func run() {
        while !tasks.isEmpty {
            let next = tasks
            tasks = []
            for task in next { task() }
        }
    }

    /// Also what was to be done later.
    func runEverything() {
        run()
        while !later.isEmpty {
            let next = later.sorted { $0.key < $1.key }
            later = [:]
            for (_, task) in next { task() }
            run()
        }
    }

    var inEventLoop: Bool { true }
    let now = NIODeadline.uptimeNanoseconds(0)
    func execute(_ task: @escaping @Sendable () -> Void) { tasks.append(task) }

    func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = makePromise(of: T.self)
        tasks.append { promise.assumeIsolated().completeWith(Swift.Result { try task() }) }
        return promise.futureResult
    }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        lastNumber += 1
        let number = lastNumber
        later[number] = { promise.assumeIsolated().completeWith(Swift.Result { try task() }) }
        return Scheduled(promise: promise, cancellationTask: { [self] in later[number] = nil })
    }

    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: now, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) { callback(nil) }
}
