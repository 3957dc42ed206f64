internal import FlomNetCore
internal import NIOCore
internal import NIOHTTP1

/// One connection of the HTTP server: one request at a time, each answered before the next is read.
final class HTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: any HTTPService
    private let bounds: HTTPBounds
    private let verdict: TLSVerdict?
    private var context: ChannelHandlerContext?
    private var peer: HTTPPeer?
    private var head: HTTPRequestHead?
    private var hasBody = false
    private var limit: Scheduled<Void>?
    private var place: UInt64?
    private var stream: Stream?

    /// - Parameter verdict: on the peer, if the server speaks TLS.
    init(_ service: any HTTPService, _ bounds: HTTPBounds, _ verdict: TLSVerdict?) {
        self.service = service
        self.bounds = bounds
        self.verdict = verdict
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard peer == nil else { return }
        let address = ConnectionHandler.internetAddress(context.channel.remoteAddress)
        peer = HTTPPeer(
            credentials: address == nil ? ConnectionHandler.credentials(of: context.channel) : nil, address: address,
            certificate: verdict?.peer?.subject)
        awaitRequest()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leaveBounds()
        limit?.cancel()
        stream?.ended()
        stream = nil
        self.context = nil
        context.fireChannelInactive()
    }

    // MARK: - A request

    /// The connection is silent now, so that it may have to make room for another one.
    private func awaitRequest() {
        arm(HTTPBounds.requestLimit)
        if place == nil { place = bounds.idles(self) }
    }

    private func leaveBounds() {
        if let place { bounds.leaves(place) }
        place = nil
    }

    private func arm(_ amount: TimeAmount) {
        limit?.cancel()
        limit = context?.eventLoop.assumeIsolated().scheduleTask(in: amount) { [weak self] in self?.end() }
    }

    /// Ends the connection: it is slow, or has to make room.
    func end() { context?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            hasBody = false
        case .body(let buffer):
            hasBody = hasBody || buffer.readableBytes > 0
        case .end:
            guard let head else { return }
            self.head = nil
            leaveBounds()
            limit?.cancel()
            serve(head)
        }
    }

    private func serve(_ head: HTTPRequestHead) {
        if hasBody { return write(.problem(413, "a request has no body here"), to: head, thenClose: true) }
        guard head.method == .GET || head.method == .HEAD else {
            var answer = HTTPAnswer.problem(405, "\(head.method.rawValue) is not accepted here, only GET and HEAD")
            answer.fields.append(("Allow", "GET, HEAD"))
            return write(answer, to: head)
        }
        guard
            let request = HTTPRequest(
                target: head.uri, accept: head.headers["accept"].joined(separator: ","),
                acceptEncoding: head.headers["accept-encoding"].joined(separator: ","),
                lastEvent: head.headers["last-event-id"].last)
        else { return write(.problem(400, "this is no path that can be read: check its escapes (%20)"), to: head) }
        let onLoop = NIOLoopBound(self, eventLoop: context!.eventLoop)
        service.answer(request, from: peer!) { onLoop.value.write($0, to: head) }
    }

    // MARK: - The answer

    private func write(_ answer: HTTPAnswer, to head: HTTPRequestHead, thenClose: Bool = false) {
        guard let context else { return }
        var answer = answer
        let tag = answer.tag
        if let tag, Self.isKnown(tag, in: head.headers["if-none-match"]) {
            answer.status = 304
            answer.content = .bytes([])
        }
        var headers = HTTPHeaders(HTTPBounds.securityFields)
        headers.add(name: "Content-Type", value: answer.contentType)
        if let tag { headers.add(name: "ETag", value: tag) }
        headers.add(name: "Cache-Control", value: tag == nil ? "no-store" : "no-cache")
        for field in answer.fields { headers.add(name: field.name, value: field.value) }
        let closes = thenClose || !head.isKeepAlive
        switch answer.content {
        case .bytes(let bytes):
            if answer.status != 304 { headers.add(name: "Content-Length", value: "\(bytes.count)") }
            headers.add(name: "Connection", value: closes ? "close" : "keep-alive")
            write(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers), context)
            if head.method != .HEAD, !bytes.isEmpty {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            }
            finish(closes, context)
        case .stream(let begin):
            headers.add(name: "Connection", value: "close")
            write(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers), context)
            guard head.method == .GET else { return finish(true, context) }
            context.flush()
            let stream = Stream(self, on: context.eventLoop)
            self.stream = stream
            begin(stream)
        }
    }

    private static func isKnown(_ tag: String, in fields: [String]) -> Bool {
        fields.contains { field in
            field.split(separator: ",").contains { known in
                let known = known.drop { $0 == " " }
                return known == "*" || known == tag || known == "W/" + tag
            }
        }
    }

    private func write(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// A reader that does not take its answer is not waited for longer than for a request.
    private func finish(_ closes: Bool, _ context: ChannelHandlerContext) {
        arm(HTTPBounds.requestLimit)
        let onLoop = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            let handler = onLoop.value
            if closes { handler.end() } else { handler.awaitRequest() }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - A stream

    /// Unchecked, because it is used on the loop only.
    private final class Stream: HTTPStream, @unchecked Sendable {
        private weak var handler: HTTPHandler?
        private let loop: any EventLoop
        private var atEnd: (@Sendable () -> Void)?
        private var hasEnded = false

        init(_ handler: HTTPHandler, on loop: any EventLoop) {
            self.handler = handler
            self.loop = loop
        }

        func send(_ bytes: [UInt8]) {
            loop.preconditionInEventLoop()
            guard !hasEnded, let handler, let context = handler.context else { return }
            // A reader that is slower than what happens would take ever more memory. It comes back for what it has missed.
            guard context.channel.isWritable else { return handler.end() }
            context.writeAndFlush(handler.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }

        func whenEnded(_ body: @escaping @Sendable () -> Void) {
            loop.preconditionInEventLoop()
            if hasEnded { body() } else { atEnd = body }
        }

        func ended() {
            guard !hasEnded else { return }
            hasEnded = true
            atEnd?()
            atEnd = nil
        }
    }
}
