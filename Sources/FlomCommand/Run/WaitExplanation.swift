internal import FlomClient
internal import FlomModel
internal import FlomReports
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Tells the person at the terminal what flom waits for: after a second who holds it, kept up to date in place, and one line when
/// the lock is there. Elsewhere one line when the wait begins and one when it is over, and only with `-V`.
///
/// The questions go over the waiting connection itself, between the answers on the lock: nothing is connected, searched for or
/// waited for that could hold up the grant. Each is answered by one page.
final class WaitExplanation: WaitObserver {
    private static let intervalMilliseconds: Int64 = 1000
    /// Enough for a picture, and over in no time on a slow network too.
    private static let holdersAsked = 16
    private static let endedHoldsAsked = 200
    private static let endedHoldsPerPage = 50
    /// Of many resources, so many are looked at.
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
    /// Unanswered, in their order.
    private var unanswered: [Question] = []
    private var request: RequestID?
    /// Who holds each part.
    private var holders: [Int: HistoryPage] = [:]
    /// The part that `report.holders` hold, and whose ended holds are looked at.
    private var blockedPart: Int?
    private var mayAsk = true

    /// When `questions` has something to do.
    private(set) var due: Deadline

    /// Nil when nobody wants to hear it.
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

    /// What the daemon says of the wait by itself, at its beginning and when the client has come back.
    func waits(_ answer: LockAnswer) {
        report.awaitsCreation = answer.code == .awaitingCreation
        report.isDaemonSilent = answer.details == nil
        // 1.7.2 is asked for one after the other.
        if report.isDaemonSilent { report.resources = [LockRequestMessage.canonicallyFirst(of: parts).resource.bytes] }
        if let place = answer.details?.position { report.place = place }
        request = answer.details?.request.flatMap { $0.split(separator: ":").last }.flatMap { Int64($0) }.map { RequestID($0) }
    }

    // MARK: - Asking

    /// What the daemon is to be asked now; call it when `due` has passed.
    func questions() -> [ClientMessage] {
        due = .after(milliseconds: Self.intervalMilliseconds)
        guard mayAsk, !report.isDaemonSilent, let request else {
            draw()
            return []
        }
        // Whoever has not answered yet is not asked more.
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
            // Of a path also what lies above and below it excludes it.
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

    /// Page by page, one each second: the first says nearly all.
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

    /// The daemon's answer to the oldest question.
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
            // How long it usually takes is asked when it is known of what.
            if isFirst { due = Deadline(at: 0) }
        }
    }

    /// The daemon does not tell: then what is known is all there is.
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
            // What else there is of a path may not concern it.
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

    /// The connection is lost, and with it what was asked.
    func disconnected() {
        unanswered = []
        clear()
    }

    func ended() { clear() }

    private func clear() { notice?.clear() }

    /// The lock is there.
    func granted() {
        clear()
        if let notice { guard notice.hasSpoken, notice.canSpeak else { return } }
        let waited = TimeText.span(Clock.boottimeNanoseconds() - began)
        StandardError.say("got \(WaitReport.names(report.resources)) after \(waited)")
    }
}

extension ResourceName {
    /// Whether who holds `other` may exclude who wants this: it is the same, or of paths one lies below the other.
    fileprivate func concerns(_ other: [UInt8]) -> Bool {
        guard case .hierarchical(let levels) = kind, case .hierarchical(let others)? = (try? ResourceName(other))?.kind else {
            return bytes == other
        }
        return ResourceKind.pathsMeet(levels, others)
    }
}
