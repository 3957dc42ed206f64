internal import FlomNet
internal import FlomNetCore

/// The streams of events that are open. Used on the HTTP server's loop only, hence unchecked.
final class EventFeeds: @unchecked Sendable {
    private let source: any MonitorSource
    private var feeds: [ObjectIdentifier: Feed] = [:]
    private var isListening = false

    init(_ source: any MonitorSource) { self.source = source }

    /// One reader's stream.
    private final class Feed: @unchecked Sendable {
        let stream: any HTTPStream
        let peer: HTTPPeer
        /// The number of the last event that was looked at.
        var position: Int64
        var isReading = false
        /// Whether something has been recorded since the last look.
        var isDue = true

        init(_ stream: any HTTPStream, _ peer: HTTPPeer, after position: Int64) {
            self.stream = stream
            self.peer = peer
            self.position = position
        }
    }

    func begin(_ stream: any HTTPStream, for peer: HTTPPeer, after position: Int64) {
        let feed = Feed(stream, peer, after: position)
        feeds[ObjectIdentifier(stream)] = feed
        let key = ObjectIdentifier(stream)
        stream.whenEnded { [self] in feeds[key] = nil }
        // The number at once, so that a reader that loses the stream before anything happens knows where it was.
        stream.send(Array("retry: 1000\nid: \(position)\n\n".utf8))
        if !isListening {
            isListening = true
            source.whenRecorded { [self] in
                for feed in feeds.values {
                    feed.isDue = true
                    goOn(feed)
                }
            }
        }
        goOn(feed)
    }

    private func goOn(_ feed: Feed) {
        guard feed.isDue, !feed.isReading else { return }
        (feed.isDue, feed.isReading) = (false, true)
        source.events(after: feed.position, for: feed.peer) { [self] watched in
            feed.isReading = false
            guard feeds[ObjectIdentifier(feed.stream)] === feed else { return }
            guard case .value(let page) = watched else { return }
            if page.upTo > feed.position {
                feed.position = page.upTo
                let text = page.rows.map(EventText.block).joined()
                // A block with a number alone keeps the number going where the reader may see none of the events.
                feed.stream.send(Array((text.isEmpty ? "id: \(page.upTo)\n\n" : text).utf8))
            }
            if page.hasMore { feed.isDue = true }
            goOn(feed)
        }
    }
}
