package import FlomModel

/// The open requests of a daemon as one JSON document: what `/api/v1/status` and the file `status.json` contain.
package struct StatusDocument: Sendable {
    private static let head = "{\"at\":\""
    /// What follows the moment.
    private let rest: String

    /// - Parameters:
    ///   - rows: all open requests that the reader may see.
    ///   - trouble: why no lock is given; nil if locks are given.
    ///   - startedAt: microseconds since 1970-01-01 UTC.
    package init(_ rows: [HistoryRow], endpoint: String, version: String, startedAt: Int64, trouble: String?) {
        let document = Self.json(rows, endpoint: endpoint, version: version, startedAt: startedAt, trouble: trouble, at: 0)
        let front = Self.head.utf8.count + TimeText.utc(0).utf8.count
        rest = String(decoding: document.bytes.dropFirst(front), as: UTF8.self) + "\n"
    }

    /// The document as it is sent.
    ///
    /// - Parameter moment: at which this is the state, in microseconds since 1970-01-01 UTC. The others are those of `init`.
    package static func json(
        _ rows: [HistoryRow], endpoint: String, version: String, startedAt: Int64, trouble: String?, at moment: Int64
    ) -> JSONWriter {
        var (json, writer) = (RowJSON(), JSONWriter())
        writer.beginObject()
        writer.field("at", TimeText.utc(moment))
        writer.field("endpoint", endpoint)
        writer.field("version", version)
        writer.field("started_at", TimeText.utc(startedAt))
        if let trouble { writer.field("trouble", trouble) }
        writer.beginArray("requests")
        for entry in StatusRows(rows, isComplete: true).entries { writer.item(json: json.line(entry)) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    /// - Parameter moment: at which this was the state, in microseconds since 1970-01-01 UTC.
    package func text(at moment: Int64) -> String { Self.head + TimeText.utc(moment) + rest }

    /// The number of bytes of the text, at any moment.
    package var byteCount: Int { Self.head.utf8.count + TimeText.utc(0).utf8.count + rest.utf8.count }
}
