package import FlomEngine
internal import FlomStore

/// A request as one line of JSON: `docs/history.md` lists the keys; they never change their meaning.
package struct RowJSON {
    private var writer = JSONWriter()

    package init() {}

    package mutating func line(_ row: HistoryRow) -> String {
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
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
