internal import FlomModel
internal import FlomOptions
internal import FlomReports
internal import FlomStore
internal import FlomSystem

/// `--history --follow`: prints the newest rows, then each request when it has ended, until the output has no reader.
///
/// The follower looks a few times a second at what is open and what is new. A request that was open and no longer is has ended.
/// Only the numbers of the open requests are kept.
struct Follower {
    private static let newestRows = 10
    private static let pauseMilliseconds: Int64 = 200
    /// The most request numbers that are read together: their rows stay in memory until they are sorted.
    private static let stride: Int64 = 4096
    /// How long a silence of the daemon or journal passes without a message.
    private static let silenceMilliseconds: Int64 = 2000

    private let settings: Settings
    private var filter: HistoryFilter
    /// The moment up to which every ended request has been shown.
    private var shownUntil = Clock.wallMicroseconds()
    private var source: RequestSource?
    /// Whether the source was opened since the last look.
    private var isNew = false
    /// The id of the journal's file, if the file is the source.
    private var journalID: String?
    /// Nil until the first look.
    private var seen: Seen?

    /// The newest known request number, and the known requests that are open.
    private struct Seen {
        var newest: Int64 = 0
        var open: Set<RequestID> = []
        /// When the newest request was asked for: in another journal the same number belongs to another request.
        var newestAskedAt: Int64?
    }

    /// The time in which the daemon or the journal cannot be read.
    private struct Silence {
        let limit: Deadline
        var isTold = false
    }

    init(_ settings: Settings, _ filter: HistoryFilter) {
        self.settings = settings
        self.filter = filter
    }

    /// Returns when the output has no reader any more.
    mutating func run(_ output: inout any RowOutput) throws(Failure) {
        var silence: Silence?
        while true {
            let began = Clock.boottimeNanoseconds()
            do {
                guard try look(&output) else { return }
                silence = nil
            } catch {
                guard isPassing(error) else { throw error }
                source = nil
                // Without a journal at the start, all requests of a later one are new.
                if seen == nil { seen = Seen() }
                var present = silence ?? Silence(limit: .after(milliseconds: Self.silenceMilliseconds))
                if !present.isTold && present.limit.hasPassed {
                    StandardError.say("\(error.sentence); --follow waits for it")
                    present.isTold = true
                }
                silence = present
            }
            let took = (Clock.boottimeNanoseconds() - began) / 1_000_000
            guard StandardOutput.isRead(for: max(Self.pauseMilliseconds, took)) else { return }
        }
    }

    /// Whether the failure may pass. For a network's daemon that never answered it is an error instead.
    private func isPassing(_ failure: Failure) -> Bool {
        // A copy may just be being written in the journal's place.
        if failure.isDamage { return seen != nil }
        guard failure.isAbsence else { return false }
        return seen != nil || (settings.unicastAddress == nil && settings.multicastAddress == nil)
    }

    /// False when the output has no reader any more.
    private mutating func look(_ output: inout any RowOutput) throws(Failure) -> Bool {
        let lookedAt = Clock.wallMicroseconds()
        let source = try currentSource()
        let isAnother = isNew
        let newest = try source.page(HistoryQuery(filter, limit: 0)).upTo?.number ?? 0
        guard let before = seen else {
            seen = try begin(source, newest, &output)
            try mark(source)
            shownUntil = lookedAt
            return output.flush()
        }
        // Another journal can have taken the place only if the source was opened anew.
        var isSame = newest >= before.newest
        // A request that is missing has been pruned.
        if isSame && isAnother, let known = before.newestAskedAt, let found = try Self.askedAt(before.newest, source) {
            isSame = found == known
        }
        guard isSame else {
            beginAnew("it knows of \(newest) requests, and \(before.newest) were there before")
            return true
        }
        isNew = false
        var now = before
        var ended = try leavers(&now, source)
        repeat {
            ended += try newcomers(&now, source, upTo: min(newest, now.newest + Self.stride))
            seen = now
            ended.sort { ($0.endedAt ?? 0, $0.request) < ($1.endedAt ?? 0, $1.request) }
            for row in ended { guard output.add(row) else { return false } }
            ended = []
        } while now.newest < newest
        if newest > before.newest { try mark(source) }
        shownUntil = lookedAt
        return output.flush()
    }

    private mutating func mark(_ source: RequestSource) throws(Failure) {
        guard let newest = seen?.newest else { return }
        seen?.newestAskedAt = try Self.askedAt(newest, source)
    }

    /// Nil if the request is not there, or has been pruned.
    private static func askedAt(_ number: Int64, _ source: RequestSource) throws(Failure) -> Int64? {
        guard number > 0 else { return nil }
        return try source.page(HistoryQuery(after: RequestID(number - 1), upTo: RequestID(number))).rows.first?.askedAt
    }

    /// Prints the newest rows, and returns what is open.
    private func begin(_ source: RequestSource, _ newest: Int64, _ output: inout any RowOutput) throws(Failure) -> Seen {
        var seen = Seen(newest: newest, open: try Self.open(source, filter, upTo: newest))
        var query = HistoryQuery(filter, limit: settings.report.limit ?? Self.newestRows)
        query.upTo = RequestID(newest)
        guard newest > 0 else { return seen }
        try source.read(query) { row in
            // A request that ended between the two queries is shown as ended.
            if row.endedAt != nil { seen.open.remove(row.request) }
            return output.add(row)
        }
        return seen
    }

    private static func open(_ source: RequestSource, _ filter: HistoryFilter, upTo newest: Int64) throws(Failure) -> Set<
        RequestID
    > {
        var query = HistoryQuery(filter.stableConditions)
        query.filter.onlyOpen = true
        query.upTo = RequestID(newest)
        var open: Set<RequestID> = []
        guard newest > 0 else { return open }
        try source.read(query) { row in
            open.insert(row.request)
            return true
        }
        return open
    }

    /// The requests that were open and have ended.
    private func leavers(_ seen: inout Seen, _ source: RequestSource) throws(Failure) -> [HistoryRow] {
        guard !seen.open.isEmpty else { return [] }
        let stillOpen = try Self.open(source, filter, upTo: seen.newest).intersection(seen.open)
        var ended: [HistoryRow] = []
        for request in seen.open.subtracting(stillOpen) {
            var query = HistoryQuery(filter.stableConditions)
            query.after = RequestID(request.number - 1)
            query.upTo = request
            ended += try source.page(query).rows.filter(filter.accepts)
        }
        seen.open = stillOpen
        return ended
    }

    /// The requests that were asked for since and have ended already.
    private func newcomers(_ seen: inout Seen, _ source: RequestSource, upTo: Int64) throws(Failure) -> [HistoryRow] {
        guard upTo > seen.newest else { return [] }
        var query = HistoryQuery(filter.stableConditions)
        query.after = RequestID(seen.newest)
        query.upTo = RequestID(upTo)
        var ended: [HistoryRow] = []
        var open = seen.open
        try source.read(query) { row in
            if row.endedAt == nil {
                open.insert(row.request)
            } else if filter.accepts(row) {
                ended.append(row)
            }
            return true
        }
        seen = Seen(newest: upTo, open: open, newestAskedAt: nil)
        return ended
    }

    private mutating func currentSource() throws(Failure) -> RequestSource {
        if let source, !source.isReplaced { return source }
        let source = try RequestSource.find(settings)
        self.source = source
        isNew = true
        if case .journal(let journal) = source {
            if let journalID, journalID != journal.journalID { beginAnew("it is another one") }
            journalID = journal.journalID
        }
        return source
    }

    /// Another journal, or a copy of an earlier one, has taken the place. Everything in it is new except what ended before the
    /// last look.
    private mutating func beginAnew(_ reason: String) {
        if let seen, seen.newest > 0 {
            StandardError.say(
                "the journal is not the one that was followed (\(reason)); --follow goes on with what ends from now on")
        }
        seen = Seen()
        filter.since = max(filter.since ?? shownUntil, shownUntil)
    }
}
