package import FlomModel
internal import FlomStore

/// A request as one line of JSON. `docs/history.md` lists the keys; they never change their meaning.
package struct RowJSON {
    private var writer = JSONWriter()

    package init() {}

    /// A row of the status, with the keys that only open requests have.
    package mutating func line(_ entry: StatusRow) -> String {
        line(entry.row) { writer in
            if let place = entry.place { writer.field("place", place) }
            if let pool = entry.pool {
                writer.field("capacity", pool.capacity)
                writer.field("free", pool.free)
                if let elements = pool.freeElements { writer.field("free_elements", words: elements) }
            }
            if entry.row.isAway { writer.field("away", true) }
            if let until = entry.row.keptUntil { writer.field("kept_until", TimeText.utc(until)) }
        }
    }

    package mutating func line(_ row: HistoryRow) -> String { line(row) { _ in } }

    private mutating func line(_ row: HistoryRow, adding: (inout JSONWriter) -> Void) -> String {
        writer.removeAll()
        writer.beginObject()
        writer.field("request", row.request.number)
        if let group = row.group { writer.field("group", group.number) }
        if let parent = row.parent { writer.field("parent", parent.number) }
        writer.field("resource", row.resource)
        writer.field("mode", row.mode.shortName)
        if let quantity = row.quantity { writer.field("quantity", quantity) }
        if let element = row.element { writer.field("element", element) }
        writer.field("outcome", row.outcome.rawValue)
        if row.isOrphan { writer.field("orphan", true) }
        writer.field("user", row.user)
        writer.field("host", row.host)
        if let uid = row.uid { writer.field("uid", uid) }
        if let subject = row.tlsSubject { writer.field("tls_subject", subject) }
        if let pid = row.clientPID { writer.field("client_pid", pid) }
        if let pid = row.commandPID { writer.field("command_pid", pid) }
        if !row.command.isEmpty { writer.field("command", words: row.command) }
        writer.field("asked_at", TimeText.utc(row.askedAt))
        if let at = row.queuedAt { writer.field("queued_at", TimeText.utc(at)) }
        if let at = row.grantedAt { writer.field("granted_at", TimeText.utc(at)) }
        if let at = row.endedAt { writer.field("ended_at", TimeText.utc(at)) }
        if let span = row.waitedNanoseconds { writer.field("waited_us", span / 1000) }
        if let span = row.heldNanoseconds { writer.field("held_us", span / 1000) }
        if let status = row.exitStatus { writer.field("exit_status", status) }
        if let signal = row.signal { writer.field("signal", signal) }
        if let detail = row.detail { writer.field("detail", detail) }
        if let token = row.token { writer.field("fencing_token", token.value) }
        adding(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
