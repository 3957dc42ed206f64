package import FlomModel

/// An event as the record has it, with the request that it is about.
package struct EventRow: Hashable, Sendable {
    package let number: Int64
    /// Microseconds since 1970-01-01 UTC.
    package let at: Int64
    /// The word of column `event.kind`.
    package let kind: String
    /// The object of column `event.detail`, as JSON; nil if the kind says everything.
    package private(set) var detail: String?
    /// Nil for an event of the daemon's own.
    package let request: RequestID?
    /// Nil for an event of the daemon's own, and for one whose request has been pruned.
    package let about: About?

    /// The request that an event is about.
    package struct About: Hashable, Sendable {
        package let resource: [UInt8]
        /// Empty when unknown, as `host` is.
        package let user: String
        package let host: String
        package let uid: UInt32?
        package let tlsSubject: String?
    }

    /// Whether it tells a command's words.
    package var tellsCommand: Bool { kind == EventKind.described.rawValue }

    package var withoutDetail: EventRow {
        var row = self
        row.detail = nil
        return row
    }
}

extension JournalReader {
    /// The events behind a number in their order, at most `limit`.
    package func events(after number: Int64, limit: Int) throws(JournalError) -> [EventRow] {
        let statement = try current().statement(
            """
            SELECT event.number, event.at, event.kind, event.detail, event.request, resource.name, request.user, request.host, request.uid,
                request.tls_subject
            FROM event LEFT JOIN request ON request.number = event.request LEFT JOIN resource ON resource.id = request.resource
            WHERE event.number > ?1 ORDER BY event.number LIMIT ?2
            """)
        defer { statement.reset() }
        statement.bind(1, number)
        statement.bind(2, Int64(limit))
        var rows: [EventRow] = []
        while try statement.step() {
            let about = statement.optionalBytes(5).map { resource in
                EventRow.About(
                    resource: resource, user: statement.optionalText(6) ?? "", host: statement.optionalText(7) ?? "",
                    uid: statement.optionalInteger(8).flatMap { UInt32(exactly: $0) }, tlsSubject: statement.optionalText(9))
            }
            rows.append(
                EventRow(
                    number: statement.integer(0), at: statement.integer(1), kind: statement.text(2),
                    detail: statement.optionalText(3), request: statement.optionalInteger(4).map { RequestID($0) }, about: about))
        }
        return rows
    }

    /// The number of the newest event; 0 before the first.
    package func newestEvent() throws(JournalError) -> Int64 {
        try current().integer("SELECT max(number) FROM event") ?? 0
    }
}
