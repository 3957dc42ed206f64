// Queries of the history and their answers: the types that the journal, the wire and the reports share.

/// Conditions on requests, all of which must hold. Times are microseconds since 1970-01-01 UTC.
package struct HistoryFilter: Hashable, Sendable {
    /// The exact name of one resource.
    package var resource: [UInt8]?
    /// A pattern for the resource's name: `*` stands for any bytes, `?` for any one character.
    package var resourcePattern: [UInt8]?
    /// Whether only requests match that have not ended.
    package var onlyOpen = false
    /// Requests that ended before this moment do not match.
    package var since: Int64?
    /// Requests that were made at this moment or later do not match.
    package var until: Int64?
    package var user: String?
    package var host: String?
    /// A text that the command's words, joined by blanks, must contain.
    package var command: [UInt8]?
    /// Whether `command` is looked for in the first word only, because the asking user may not see the others. Not part of a query on
    /// the wire.
    package var seesOnlyPrograms = false
    /// The user whose commands are searched as a whole all the same: the one who asks. Not part of a query on the wire.
    package var seesAllOfUser: UInt32?
    /// The outcomes that match; empty: all.
    package var outcomes: Set<RequestOutcome> = []
    package var request: RequestID?

    package init(resource: [UInt8]? = nil, onlyOpen: Bool = false) {
        self.resource = resource
        self.onlyOpen = onlyOpen
    }
}

/// The requests that a history shows, their order, and how many at once.
package struct HistoryQuery: Hashable, Sendable {
    package var filter: HistoryFilter
    /// How many of the matching requests to show, the newest; nil for all. At least 0.
    package var limit: Int?
    /// Whether the newest request comes first, not last.
    package var newestFirst = false
    /// Only requests with higher numbers.
    package var after: RequestID?
    /// Only requests up to this number. Requests that are made while a client reads page after page are left out, or the pages of a
    /// busy journal would never end.
    package var upTo: RequestID?
    /// The largest number of rows in a page, at least 1; nil leaves it to the answering side.
    package var pageSize: Int?
    /// Whether the answer is to contain the daemon's counters.
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

    /// The query for the page after `page`, which is an answer to this query; nil if `page` is the last.
    ///
    /// With the oldest first, the first page determines where the newest `limit` requests begin. Each further page continues where
    /// the one before ended.
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

/// A part of the requests that match a query, in its order.
package struct HistoryPage: Hashable, Sendable {
    package var rows: [HistoryRow]
    /// Whether more matching requests follow. Never true without rows.
    package var hasMore: Bool
    /// The newest request that any page of this query may show; nil while there are no requests at all.
    package var upTo: RequestID?
    /// The daemon's counters; nil unless they were asked for.
    package var counters: DaemonCounters?

    package init(rows: [HistoryRow], hasMore: Bool = false, upTo: RequestID? = nil) {
        self.rows = rows
        self.hasMore = hasMore
        self.upTo = upTo
    }
}

/// One request as the journal has it. Wall times are microseconds since 1970-01-01 UTC.
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
    /// From the request to the grant, or to the end without one; nil while it waits. Measured on `CLOCK_BOOTTIME` if both moments lie
    /// in one boot, otherwise by the wall clock, and then never below 0.
    package var waitedNanoseconds: Int64?
    /// From the grant to the end; nil without a grant and while the lock is held. Measured likewise.
    package var heldNanoseconds: Int64?

    /// The user's name as the client claimed it; empty when unknown. `host` likewise.
    package var user = ""
    package var host = ""
    /// The client's uid from the kernel; nil for clients on other hosts.
    package var uid: UInt32?
    /// The subject of the client's certificate, which proves its identity; nil without TLS.
    package var tlsSubject: String?
    /// From the kernel for clients on this host, otherwise as the client claimed it.
    package var clientPID: Int32?
    package var commandPID: Int32?
    /// The words of the command; empty until the client has reported them.
    package var command: [[UInt8]] = []
    package var exitStatus: Int32?
    package var signal: Int32?
    /// The reason for the outcome in machine-readable words: see docs/journal.md.
    package var detail: String?
    package var token: FencingToken?
    /// The request of the first resource, for a request that was made for several resources at once.
    package var group: RequestID?
    /// The request under whose command this one was made.
    package var parent: RequestID?
    /// The quantity of a numeric resource.
    package var quantity: Int32?
    /// The element that the grant carried: that of a set, a sequence or a time stamp.
    package var element: [UInt8]?

    // Known to the daemon that answers, and to no journal.

    /// Whether the client, on another host, has lost the connection or has not come back to a new daemon yet.
    package var isAway = false
    /// Until when the lock or place of such a client is kept, by the wall clock; nil if time does not end it.
    package var keptUntil: Int64?
    /// The place in the queue, from 1; only where the query is about this one request.
    package var place: Int?

    package init(request: RequestID, resource: [UInt8], mode: LockMode, outcome: RequestOutcome, askedAt: Int64) {
        self.request = request
        self.resource = resource
        self.mode = mode
        self.outcome = outcome
        self.askedAt = askedAt
    }
}

/// The state of a request, or how it ended: the words of column `request.outcome`. They are public and never change.
package enum RequestOutcome: String, CaseIterable, Hashable, Sendable {
    case waiting
    case awaitingCreation = "awaiting_creation"
    case held
    case released
    case withdrawn
    case timedOut = "timed_out"
    case refused
    case reclaimed
    /// A person ended it.
    case broken
}
