// What is asked of the record and what it answers: the words that the journal, the wire and the reports share.

/// Which requests match: all that is said must be so. Times are microseconds since 1970-01-01 UTC.
package struct HistoryFilter: Hashable, Sendable {
    /// The exact name of one resource.
    package var resource: [UInt8]?
    /// What a resource's name must look like: `*` stands for any bytes, `?` for any one character.
    package var resourcePattern: [UInt8]?
    /// Only what has not ended.
    package var onlyOpen = false
    /// Only what had not ended before this moment.
    package var since: Int64?
    /// Only what was asked before this moment.
    package var until: Int64?
    package var user: String?
    package var host: String?
    /// What the command's words, with a blank between each two, must contain.
    package var command: [UInt8]?
    /// Whether only the command's first word is looked at for that: for those who may not see the others. Not part of a query
    /// that travels.
    package var seesOnlyPrograms = false
    /// Whose commands are looked at as a whole all the same: his who asks. Not part of a query that travels.
    package var seesAllOfUser: UInt32?
    /// Empty: any.
    package var outcomes: Set<RequestOutcome> = []
    package var request: RequestID?

    package init(resource: [UInt8]? = nil, onlyOpen: Bool = false) {
        self.resource = resource
        self.onlyOpen = onlyOpen
    }
}

/// Which requests a history shows, in which order, and how much of them at once.
package struct HistoryQuery: Hashable, Sendable {
    package var filter: HistoryFilter
    /// The newest so many of what matches; nil for all. At least 0.
    package var limit: Int?
    /// The newest come first, not last.
    package var newestFirst = false
    /// Only requests that were asked after this one.
    package var after: RequestID?
    /// Only requests up to this one: what is asked for while somebody reads page after page is not for them, or a busy journal
    /// would never come to an end.
    package var upTo: RequestID?
    /// At most so many rows a page; nil for as many as the answering side likes. At least 1.
    package var pageSize: Int?
    /// Whether the answer is to say how the daemon's limits stand.
    package var wantsLimits = false

    package init(_ filter: HistoryFilter, limit: Int? = nil, newestFirst: Bool = false) {
        self.filter = filter
        self.limit = limit
        self.newestFirst = newestFirst
    }

    package init(
        resource: [UInt8]? = nil, onlyOpen: Bool = false, limit: Int? = nil, after: RequestID? = nil, upTo: RequestID? = nil,
        pageSize: Int? = nil
    ) {
        filter = HistoryFilter(resource: resource, onlyOpen: onlyOpen)
        self.limit = limit
        self.after = after
        self.upTo = upTo
        self.pageSize = pageSize
    }

    /// What follows `page`, the answer to this query; nil if that was the last one.
    ///
    /// With the oldest first, the first page has settled where the newest `limit` begin, so the others go on from where the one
    /// before ended.
    package func following(_ page: HistoryPage) -> HistoryQuery? {
        guard page.hasMore, let last = page.rows.last else { return nil }
        var next = self
        next.wantsLimits = false
        if newestFirst {
            next.limit = limit.map { max(0, $0 - page.rows.count) }
            next.upTo = RequestID(last.request.number - 1)
        } else {
            next.limit = nil
            next.after = last.request
            next.upTo = page.upTo
        }
        return next
    }
}

/// A part of what matches a query, in its order.
package struct HistoryPage: Hashable, Sendable {
    package var rows: [HistoryRow]
    /// Whether more of what matches follows. Never without rows.
    package var hasMore: Bool
    /// The newest request that any page of this query may show; nil while there are no requests at all.
    package var upTo: RequestID?
    /// Nil unless they were asked for.
    package var counters: DaemonCounters?

    package init(rows: [HistoryRow], hasMore: Bool = false, upTo: RequestID? = nil) {
        self.rows = rows
        self.hasMore = hasMore
        self.upTo = upTo
    }
}

/// One request as the journal knows it. Wall times are microseconds since 1970-01-01 UTC.
package struct HistoryRow: Hashable, Sendable {
    package var request: RequestID
    package var resource: [UInt8]
    package var mode: LockMode
    package var outcome: RequestOutcome
    package var isOrphan = false

    package var askedAt: Int64
    /// When it joined the queue or the wait for creation; nil if it never did.
    package var queuedAt: Int64?
    package var grantedAt: Int64?
    package var endedAt: Int64?
    /// From asking to the grant, or to the end without one; nil while it waits. Measured on `CLOCK_BOOTTIME` if both moments lie
    /// in one boot, else by the wall clock, and then never below 0.
    package var waitedNanoseconds: Int64?
    /// From the grant to the end; nil without a grant and while it is held. Measured likewise.
    package var heldNanoseconds: Int64?

    /// Empty when unknown. As the client claimed.
    package var user = ""
    package var host = ""
    /// The kernel's word; nil for clients on other hosts.
    package var uid: UInt32?
    /// The subject of its certificate, which proves who it is; nil without TLS.
    package var tlsSubject: String?
    /// The kernel's word on this host, else what the client claimed.
    package var clientPID: Int32?
    package var commandPID: Int32?
    /// Empty until the client has told it.
    package var command: [[UInt8]] = []
    package var exitStatus: Int32?
    package var signal: Int32?
    /// The reason for the outcome in machine-readable words: see docs/journal.md.
    package var detail: String?
    package var token: FencingToken?
    /// Of several resources asked for at once: the request of the first.
    package var group: RequestID?
    /// Under whose command it was asked.
    package var parent: RequestID?
    /// Of a numeric resource.
    package var quantity: Int32?
    /// What the grant carried: of a set, a sequence or a time stamp.
    package var element: [UInt8]?

    // What no journal knows, but the daemon that is asked.

    /// Its client, on another host, has lost the connection or has not come back to a new daemon yet.
    package var isAway = false
    /// Until when its lock or place is kept for it then, by the wall clock; nil if no time ends it.
    package var keptUntil: Int64?
    /// Its place in the queue, from 1; only where the query is about this one request.
    package var place: Int?

    package init(request: RequestID, resource: [UInt8], mode: LockMode, outcome: RequestOutcome, askedAt: Int64) {
        self.request = request
        self.resource = resource
        self.mode = mode
        self.outcome = outcome
        self.askedAt = askedAt
    }
}

/// Where a request stands, or how it ended: the words of column `request.outcome`. They are public and never change.
package enum RequestOutcome: String, CaseIterable, Hashable, Sendable {
    case waiting
    case awaitingCreation = "awaiting_creation"
    case held
    case released
    case withdrawn
    case timedOut = "timed_out"
    case refused
    case reclaimed
    /// A person took it away.
    case broken
}
