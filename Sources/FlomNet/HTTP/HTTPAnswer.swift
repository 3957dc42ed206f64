package import FlomModel
package import FlomNetCore
internal import FlomSystem

/// What is answered to a request.
package struct HTTPAnswer: Sendable {
    /// The status code of RFC 9110.
    package var status: Int
    package var contentType: String
    package var content: Content
    /// Further header fields.
    package var fields: [(name: String, value: String)] = []

    package enum Content: Sendable {
        case bytes([UInt8])
        /// Comes piece by piece, until either side ends it.
        case stream(@Sendable (any HTTPStream) -> Void)
    }

    package init(_ status: Int, _ contentType: String, _ bytes: [UInt8]) {
        self.status = status
        self.contentType = contentType
        content = .bytes(bytes)
    }

    package init(_ status: Int, _ contentType: String, _ text: String) { self.init(status, contentType, Array(text.utf8)) }

    /// An object of JSON, and a line feed.
    package init(_ status: Int, _ contentType: String = json, json writer: JSONWriter) {
        self.init(status, contentType, writer.bytes + [UInt8(ascii: "\n")])
    }

    /// A stream of server-sent events.
    ///
    /// - Parameter begin: called on the server's loop when the header has been sent.
    package init(streaming begin: @escaping @Sendable (any HTTPStream) -> Void) {
        status = 200
        contentType = "text/event-stream"
        content = .stream(begin)
    }

    package static let text = "text/plain; charset=utf-8"
    package static let json = "application/json"

    /// A sentence about what was wrong, as a problem of RFC 9457.
    package static func problem(_ status: Int, _ sentence: String) -> HTTPAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("status", status)
        writer.field("detail", sentence)
        writer.endObject()
        return HTTPAnswer(status, "application/problem+json", json: writer)
    }

    /// The validator by which a reader asks whether its copy is still good; nil for what is not read again.
    var tag: String? {
        guard status == 200, case .bytes(let bytes) = content else { return nil }
        return "\"" + SHA256.digest(of: bytes).description.prefix(32) + "\""
    }
}

/// An answer that goes on. Used on the server's loop only.
package protocol HTTPStream: AnyObject, Sendable {
    /// Sends a piece. The stream ends by itself when its reader does not keep up.
    func send(_ bytes: [UInt8])
    /// Called once, on the loop, when either side has ended it.
    func whenEnded(_ body: @escaping @Sendable () -> Void)
}

/// What a server answers.
package protocol HTTPService: Sendable {
    /// - Parameter then: to be called once, on the server's loop.
    func answer(_ request: HTTPRequest, from peer: HTTPPeer, then: @escaping @Sendable (HTTPAnswer) -> Void)
}
