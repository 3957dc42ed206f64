internal import FlomModel
internal import FlomReports
internal import FlomStore

/// An event as a server-sent event.
enum EventText {
    static func block(_ row: EventRow) -> String {
        "id: \(row.number)\nevent: \(row.kind)\ndata: \(data(row))\n\n"
    }

    private static func data(_ row: EventRow) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("event", row.number)
        writer.field("at", TimeText.utc(row.at))
        writer.field("kind", row.kind)
        if let request = row.request { writer.field("request", request.number) }
        if let about = row.about {
            writer.field("resource", about.resource)
            if !about.user.isEmpty { writer.field("user", about.user) }
            if !about.host.isEmpty { writer.field("host", about.host) }
        }
        if let detail = row.detail { writer.field("detail", json: detail) }
        writer.endObject()
        return writer.text
    }
}
