internal import FlomClient
internal import FlomModel
internal import FlomReports
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Tells the user what flom waits for. On a terminal it shows after a second who holds the lock, keeps that up to date in place,
/// and says in one line when the lock is granted. Elsewhere, and only with `-V`, it says one line when the wait begins and one
/// when it ends.
///
/// The questions use the waiting connection, between the answers about the lock, so nothing can delay the grant. Each question is
/// answered by one page.
final class WaitExplanation: WaitObserver {
    private static let intervalMilliseconds: Int64 = 1000
    /// Few enough for a short page, so that a slow network delivers it quickly.
    private static let holdersAsked = 16
    private static let endedHoldsAsked = 200
    private static let endedHoldsPerPage = 50
    /// The most parts that are asked about.
    private static let partsAsked = 4

    private enum Question {
        case place
        case holders(part: Int)
        case endedHolds(HistoryQuery)
    }

    private let parts: [LockPart]
    private let began = Clock.boottimeNanoseconds()
    private let notice: InPlaceNotice?
    private var report: WaitReport
    /// Questions without an answer yet, oldest first.
    private var unanswered: [Question] = []
    private var request: RequestID?
    /// The holders of each part.
    private var holders: [Int: HistoryPage] = [:]
    /// The part whose holders are in `report.holders`, and whose ended holds are asked for.
    private var blockedPart: Int?
    private var mayAsk = true

    /// The time for `questions`.
    private(set) var due: Deadline

    /// Nil when there is no one to tell: neither a terminal nor `-V`.
    init?(_ parts: [LockPart], _ answer: LockAnswer, verbose: Bool) {
        let isOnTerminal = isatty(2) == 1
        guard isOnTerminal || verbose else { return nil }
        self.parts = parts
        notice = isOnTerminal ? InPlaceNotice() : nil
        report = WaitReport(resources: parts.map(\.resource.bytes))
        due = isOnTerminal ? .after(milliseconds: Self.intervalMilliseconds) : .never
        waits(answer)
        guard !isOnTerminal else { return }
        let place = report.place.map { ", place \($0) in the queue" } ?? ""
        StandardError.say("waiting for \(WaitReport.names(report.resources))\(place)")
    }

    /// Takes what the daemon says about the wait unasked: at its beginning, and when the client has come back.
    func waits(_ answer: LockAnswer) {
        report.awaitsCreation = answer.code == .awaitingCreation
        report.isDaemonSilent = answer.details == nil
        // 1.7.2 is asked for one resource after the other.
        if report.isDaemonSilent { report.resources = [LockRequestMessage.canonicallyFirst(of: parts).resource.bytes] }
        if let place = answer.details?.position { report.place = place }
        request = answer.details?.request.flatMap { $0.split(separator: ":").last }.flatMap { Int64($0) }.map { RequestID($0) }
    }

    // MARK: - Asking

    /// The questions for the daemon now. Call it when `due` has passed.
    func questions() -> [ClientMessage] {
        due = .after(milliseconds: Self.intervalMilliseconds)
        guard mayAsk, !report.isDaemonSilent, let request else {
            draw()
            return []
        }
        // No new questions before the daemon has answered the last ones.
        guard unanswered.isEmpty, notice?.isInForeground == true else { return [] }
        unanswered.append(.place)
        for part in parts.indices.prefix(Self.partsAsked) { unanswered.append(.holders(part: part)) }
        if let blockedPart, let query = endedHolds(of: blockedPart) { unanswered.append(.endedHolds(query)) }
        return unanswered.map { .query(query($0, request)) }
    }

    private func query(_ question: Question, _ request: RequestID) -> HistoryQuery {
        switch question {
        case .place:
            var filter = HistoryFilter(onlyOpen: true)
            filter.request = request
            return HistoryQuery(filter)
        case .holders(let part):
            var filter = HistoryFilter(onlyOpen: true)
            filter.outcomes = [.held]
            let name = parts[part].resource
            // The nodes above and below a node exclude it too.
            if case .hierarchical = name.kind {
                filter.resourcePattern = name.identity.bytes + Array("*".utf8)
            } else {
                filter.resource = name.bytes
            }
            var query = HistoryQuery(filter)
            query.pageSize = Self.holdersAsked
            return query
        case .endedHolds(let query): return query
        }
    }

    private var endedHoldsPart: Int?
    private var endedHoldsNext: HistoryQuery?

    /// The query for the next page, one each second. The first page says nearly all.
    private func endedHolds(of part: Int) -> HistoryQuery? {
        if endedHoldsPart != part {
            endedHoldsPart = part
            report.times = HoldTimes()
            var filter = HistoryFilter(resource: parts[part].resource.bytes)
            filter.outcomes = [.released]
            endedHoldsNext = HistoryQuery(filter, limit: Self.endedHoldsAsked, newestFirst: true)
            endedHoldsNext!.pageSize = Self.endedHoldsPerPage
        }
        return endedHoldsNext
    }

    // MARK: - Hearing

    /// Takes the daemon's answer to the oldest question.
    func heard(_ page: HistoryPage) {
        guard !unanswered.isEmpty else { return }
        switch unanswered.removeFirst() {
        case .place:
            report.place = page.rows.first?.place ?? report.place
            if let row = page.rows.first { report.awaitsCreation = row.outcome == .awaitingCreation }
        case .holders(let part):
            holders[part] = page
            if unanswered.allSatisfy({ if case .holders = $0 { false } else { true } }) { chooseBlockedPart() }
        case .endedHolds(let query):
            for row in page.rows { if let held = row.heldNanoseconds { report.times.add(held) } }
            endedHoldsNext = query.following(page)
        }
        if unanswered.isEmpty {
            let isFirst = blockedPart != nil && endedHoldsPart == nil
            draw()
            // The usual time of a hold is asked for once the blocked part is known.
            if isFirst { due = Deadline(at: 0) }
        }
    }

    /// Call it when the daemon refuses to tell. What is known then stays.
    func heardRefusal() {
        unanswered = []
        mayAsk = false
        draw()
    }

    private func chooseBlockedPart() {
        blockedPart = nil
        for part in parts.indices {
            guard let page = holders[part] else { continue }
            let found = page.rows.filter { parts[part].resource.concerns($0.resource) }
            guard !found.isEmpty else { continue }
            blockedPart = part
            report.holders = found.sorted { ($0.grantedAt ?? .max) < ($1.grantedAt ?? .max) }
            // Further holders of the pattern may be unrelated to this node.
            report.hasMoreHolders = page.hasMore && found.count == page.rows.count
            return
        }
        (report.holders, report.hasMoreHolders) = ([], false)
    }

    // MARK: - Showing

    private func draw() {
        let waited = Clock.boottimeNanoseconds() - began
        notice?.show(report.lines(waited: waited, now: Clock.wallMicroseconds()))
    }

    /// The connection is lost, and the open questions with it.
    func disconnected() {
        unanswered = []
        clear()
    }

    func ended() { clear() }

    private func clear() { notice?.clear() }

    /// The lock is granted.
    func granted() {
        clear()
        if let notice { guard notice.hasSpoken, notice.canSpeak else { return } }
        let waited = TimeText.span(Clock.boottimeNanoseconds() - began)
        StandardError.say("got \(WaitReport.names(report.resources)) after \(waited)")
    }
}

extension ResourceName {
    /// Whether a holder of `other` can exclude a request for this resource: it is the same, or for nodes one lies below the
    /// other.
    fileprivate func concerns(_ other: [UInt8]) -> Bool {
        guard case .hierarchical(let levels) = kind, case .hierarchical(let others)? = (try? ResourceName(other))?.kind else {
            return bytes == other
        }
        return ResourceKind.pathsMeet(levels, others)
    }
}
