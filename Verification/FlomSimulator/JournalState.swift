import FlomModel

/// What a journal knows: the same rows as the real one, on dictionaries. A value, so that there can be two of them: what is
/// committed, and what the device has.
struct JournalState {
    struct Contradiction: Error, CustomStringConvertible {
        let description: String
    }

    private struct Existing {
        var living: StoredResource
        /// When it went idle by the wall clock, in microseconds: all that means something in another boot.
        var idleAt: Int64?
    }

    private var open: [Int64: OpenRequest] = [:]
    private var existing: [ResourceName: Existing] = [:]
    private var lastStamps: [ResourceName: TimestampValue] = [:]
    /// The secrets of all requests, open and ended.
    private(set) var secrets: [Int64: [UInt8]] = [:]
    private var newestRequest: Int64 = 0
    private var newestToken = FencingToken(0)
    private(set) var epoch: Int64 = 0
    private(set) var lastEvent: Int64 = 0
    private var newest: Moment?
    /// Nil if it is not known.
    private var bootID: String?
    /// The last moment that is on record of boots before this one.
    private var seenUntil: [String: Instant] = [:]

    /// A daemon reads it. If the boot may be another one than before, the next epoch of tokens begins; if the clock is another one,
    /// boottimes mean nothing any more.
    mutating func open(from view: ProcessView, at now: Moment) -> RecoveredState {
        let isAnew = BootEvidence.clockHasBegunAnew(recorded: bootID, last: newest, own: view.bootID, now: now)
        let isOther = BootEvidence.mayHaveRebooted(recorded: bootID, last: newest, own: view.bootID, now: now)
        if isOther || epoch == 0 {
            if isOther || view.bootID != nil, view.bootID != bootID || isAnew {
                closeBoot()
                bootID = view.bootID
            }
            epoch += 1
            if isAnew { forgetBoottimes(at: now) }
        }
        return recovered(clockHasBegunAnew: isAnew && newest != nil)
    }

    /// As `Journal.hasGrantedInThisBoot`.
    private var hasGrantedInThisBoot: Bool { newestToken.epoch == epoch }

    private mutating func closeBoot() {
        guard let bootID, let newest, hasGrantedInThisBoot else { return }
        seenUntil[bootID] = max(seenUntil[bootID] ?? newest.boottime, newest.boottime)
    }

    private mutating func forgetBoottimes(at now: Moment) {
        for number in open.keys {
            open[number]!.askedAt = now.boottime
            if open[number]!.queuedAt != nil { open[number]!.queuedAt = now.boottime }
            if open[number]!.grantedAt != nil { open[number]!.grantedAt = now.boottime }
        }
        for (name, row) in existing {
            guard let idleAt = row.idleAt else { continue }
            let idleFor = max(0, now.wallMicroseconds - idleAt)
            existing[name]!.living.idleSince = Instant(nanoseconds: now.boottime.nanoseconds - idleFor * 1000)
        }
    }

    private func recovered(clockHasBegunAnew: Bool) -> RecoveredState {
        RecoveredState(
            openRequests: open.values.map(withItsBoot).sorted { $0.id < $1.id }, living: existing.values.map(\.living),
            lastStamps: lastStamps, nextRequest: newestRequest + 1, lastTokenCounter: newestToken.counter, epoch: epoch,
            lastEvent: lastEvent, clockHasBegunAnew: clockHasBegunAnew)
    }

    /// All events since the last change of boots are of the boot on record.
    private func withItsBoot(_ request: OpenRequest) -> OpenRequest {
        guard let bootID = request.view.bootID else { return request }
        var request = request
        let present = bootID == self.bootID && hasGrantedInThisBoot ? newest?.boottime : nil
        request.bootSeenUntil = [seenUntil[bootID], present].compactMap(\.self).max()
        return request
    }

    mutating func apply(_ batch: JournalBatch) throws {
        for late in batch.late { try apply(late.entries, at: late.decidedAt, from: batch.view) }
        try apply(batch.entries, at: batch.at, from: batch.view)
        for change in batch.lives { apply(change, at: batch.at) }
    }

    private mutating func apply(_ entries: [JournalEntry], at now: Moment, from view: ProcessView) throws {
        guard !entries.isEmpty else { return }
        lastEvent += Int64(entries.count)
        newest = now
        for entry in entries {
            if case .request(let event) = entry { try apply(event, at: now.boottime, from: view) }
        }
    }

    private mutating func apply(_ change: ResourceChange, at now: Moment) {
        switch change {
        case .ended(let name): existing[name] = nil
        case .allEnded: existing = [:]
        case .lives(var living):
            if case .timestamp(let firstShown, let last?) = living.state {
                lastStamps[living.name] = last
                living.state = .timestamp(firstShown: firstShown, last: nil)
            }
            let idleFor = living.idleSince.map { max(0, now.boottime.nanoseconds - $0.nanoseconds) / 1000 }
            existing[living.name] = Existing(living: living, idleAt: idleFor.map { now.wallMicroseconds - $0 })
        }
    }

    private mutating func apply(_ event: Event, at now: Instant, from view: ProcessView) throws {
        let number = event.request.number
        if case .requested(let request) = event.kind {
            guard number > newestRequest else { throw Contradiction(description: "request \(number) after \(newestRequest)") }
            newestRequest = number
            secrets[number] = request.secretHash
            open[number] = OpenRequest(id: event.request, request: request, phase: .waiting, askedAt: now)
            open[number]!.view = view
            return
        }
        guard open[number] != nil else {
            // What a client says of its command may come after the end.
            if case .described = event.kind { return }
            throw Contradiction(description: "request \(number) is not open: \(event.kind)")
        }
        switch event.kind {
        case .requested: break
        case .queued:
            open[number]!.phase = .waiting
            open[number]!.queuedAt = now
        case .awaitingCreation:
            open[number]!.phase = .awaitingCreation
            open[number]!.queuedAt = now
        case .granted(let token, let element):
            // The real one refuses a token that does not grow. Here the checker is to see it.
            newestToken = max(newestToken, token)
            open[number]!.phase = .held(token)
            open[number]!.grantedAt = now
            open[number]!.element = element
        case .described(let command): open[number]!.commandLine = command
        case .started(let process): open[number]!.command = process
        case .orphaned: open[number]!.isOrphan = true
        case .resumed, .passedOver: open[number]!.isOrphan = false
        case .identified(let process):
            open[number]!.request.client.process = process
            open[number]!.command = nil
            open[number]!.view = view
        case .released, .withdrawn, .refused, .reclaimed, .broken: open[number] = nil
        }
    }
}
