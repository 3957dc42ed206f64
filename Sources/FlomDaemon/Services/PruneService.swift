internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// Removes old requests from the journal between the turns of the loop, a little at a time: who asks for a lock meanwhile waits
/// for one step at most.
///
/// Used on the loop only.
final class PruneService {
    enum Outcome {
        /// Nil if there was nothing to remove.
        case done(PruneRecord?)
        /// In a sentence.
        case failed(String)
    }

    private struct Order {
        let person: String
        let before: Int64
        let then: (Outcome) -> Void
    }

    /// So long one step may take, and so long everybody else has the loop: see docs/decisions.md for what was measured.
    private static let stepNanoseconds: Int64 = 300_000
    private static let pauseMilliseconds: Int64 = 4
    /// While the journal cannot be written.
    private static let retryMilliseconds: Int64 = 1000
    private static let firstRetentionMilliseconds: Int64 = 200
    private static let retentionIntervalMilliseconds: Int64 = 3_600_000

    private let journal: Journal
    private let after: After
    private let mayWrite: () -> Bool
    private let stepped: () -> Void
    private var orders: [Order] = []
    private var pruning: Pruning?
    /// The number of the last wish for a retention.
    private var retention = 0

    /// - Parameters:
    ///   - mayWrite: false while what happened is waiting to be written.
    ///   - stepped: after each step that may have written.
    init(journal: Journal, after: @escaping After, mayWrite: @escaping () -> Bool, stepped: @escaping () -> Void) {
        self.journal = journal
        self.after = after
        self.mayWrite = mayWrite
        self.stepped = stepped
    }

    /// Removes what ended before a moment, when what was ordered earlier is done.
    ///
    /// - Parameter before: microseconds since 1970-01-01 UTC.
    func prune(by person: String, before: Int64, then: @escaping (Outcome) -> Void) {
        orders.append(Order(person: person, before: before, then: then))
        if orders.count == 1 { begin() }
    }

    /// Soon, and then every hour, until something else is wanted.
    ///
    /// - Parameter microseconds: nil keeps everything.
    func retain(microseconds: Int64?) {
        retention += 1
        guard let microseconds else { return }
        let wish = retention
        after(Self.firstRetentionMilliseconds) { [unowned self] in retainNow(microseconds: microseconds, wish) }
    }

    private func retainNow(microseconds: Int64, _ wish: Int) {
        guard wish == retention else { return }
        // What fails now is tried again in an hour.
        prune(by: "[Journal] Retention", before: Clock.wallMicroseconds() - microseconds) { _ in }
        after(Self.retentionIntervalMilliseconds) { [unowned self] in retainNow(microseconds: microseconds, wish) }
    }

    private func begin() {
        guard let order = orders.first else { return }
        pruning = Pruning(journal, by: order.person, before: order.before)
        goOn(afterMilliseconds: 0)
    }

    private func goOn(afterMilliseconds milliseconds: Int64) {
        after(milliseconds) { [unowned self] in step() }
    }

    private func step() {
        guard let pruning else { return }
        guard mayWrite() else { return goOn(afterMilliseconds: Self.retryMilliseconds) }
        do {
            let progress = try pruning.step(at: .now(), nanoseconds: Self.stepNanoseconds)
            stepped()
            switch progress {
            case .goesOn: goOn(afterMilliseconds: Self.pauseMilliseconds)
            case .done(let record):
                if let record {
                    Log.info(
                        "removed \(record.requests) requests and \(record.events) events, wanted by \(orders[0].person)",
                        id: LogID.pruned)
                }
                end(.done(record))
            }
        } catch {
            Log.warning("old requests could not be removed: \(error.sentence)", id: LogID.pruneFailed)
            end(.failed(error.sentence))
        }
    }

    private func end(_ outcome: Outcome) {
        let order = orders.removeFirst()
        pruning = nil
        order.then(outcome)
        begin()
    }
}
