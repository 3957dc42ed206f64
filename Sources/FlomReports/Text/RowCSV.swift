package import FlomModel

/// Requests as CSV with the keys of `RowJSON`. Every key has a column, whether a row has a value or not. New keys come last.
package struct RowCSV {
    private var line = CSVLine()

    package init() {}

    package static let header = """
        request,group,parent,resource,resource_base64,mode,quantity,element,element_base64,outcome,orphan,user,host,uid,client_pid,\
        command_pid,command,command_base64,asked_at,queued_at,granted_at,ended_at,waited_us,held_us,exit_status,signal,detail,\
        fencing_token\r
        """

    /// One line, without its line feed.
    package mutating func line(_ row: HistoryRow) -> String {
        line.removeAll()
        line.add(row.request.number)
        line.add(row.group?.number)
        line.add(row.parent?.number)
        line.add(bytes: row.resource)
        line.add(row.mode.shortName)
        line.add(row.quantity)
        line.add(bytes: row.element)
        line.add(row.outcome.rawValue)
        line.add(row.isOrphan ? "true" : "")
        line.add(text: row.user)
        line.add(text: row.host)
        line.add(row.uid)
        line.add(row.clientPID)
        line.add(row.commandPID)
        line.add(command: row.command)
        line.add(TimeText.utc(row.askedAt))
        line.add(row.queuedAt.map(TimeText.utc))
        line.add(row.grantedAt.map(TimeText.utc))
        line.add(row.endedAt.map(TimeText.utc))
        line.add(row.waitedNanoseconds.map { $0 / 1000 })
        line.add(row.heldNanoseconds.map { $0 / 1000 })
        line.add(row.exitStatus)
        line.add(row.signal)
        line.add(text: row.detail ?? "")
        line.add(row.token?.value)
        return line.text
    }
}
