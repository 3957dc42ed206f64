internal import NIOCore

/// The bounds of an HTTP server. Used on its loop only.
final class HTTPBounds {
    /// The most bytes that a connection may send before it has its answer: first line, header and body.
    static let mostRequestBytes = 16 * 1024
    /// The time within which a request must be complete, counted from the connection or from the answer before, and within which its
    /// answer must be taken.
    static let requestLimit = TimeAmount.seconds(30)

    /// What every answer says to a browser: nothing is loaded from elsewhere, and no other page shows or reads this one.
    static let securityFields = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    private let mostConnections: Int
    private var silent = EvictionQueue<HTTPHandler>()
    private var open = 0

    init(_ mostConnections: Int) { self.mostConnections = mostConnections }

    /// Makes room for one more connection: the one that has been silent longest ends.
    ///
    /// - Returns: false if all others are being answered.
    func enters() -> Bool {
        if open >= mostConnections {
            guard let oldest = silent.evict(toFitInto: 1) else { return false }
            oldest.end()
        }
        open += 1
        return true
    }

    func left() { open -= 1 }

    func idles(_ handler: HTTPHandler) -> UInt64 { silent.enter(handler) }
    func leaves(_ place: UInt64) { silent.leave(place) }
}
