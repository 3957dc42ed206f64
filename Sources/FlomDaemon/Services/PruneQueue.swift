internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// Removes old requests from the journal between the turns of the loop, one order after the other and in small steps: a client's
/// request waits for one step at most.
struct PruneQueue {
    struct Order: Hashable {
        /// Who ordered it, for the record.
        let person: String
        /// Requests that ended before this moment are removed; in microseconds since 1970-01-01 UTC.
        let before: Int64
        /// The session that is told the outcome; nil for a retention.
        let asker: SessionID?
    }

    enum Outcome {
        /// Nil if there was nothing to remove.
        case done(PruneRecord?)
        /// The reason, in a sentence.
        case failed(String)
    }

    /// The result of one step.
    struct Step {
        var mayHaveWritten = false
        var ended: (order: Order, outcome: Outcome)?
        /// Milliseconds until the next step; nil if there is none.
        var pauseMilliseconds: Int64?
    }

    /// The longest time of one step, and the pause between two that is left to everything else on the loop; docs/decisions.md has
    /// the measurements.
    private static let stepNanoseconds: Int64 = 300_000
    private static let pauseMilliseconds: Int64 = 4
    /// The pause while the journal cannot be written.
    private static let retryMilliseconds: Int64 = 1000

    private let journal: Journal
    private var orders: [Order] = []
    /// The work on the first order.
    private var pruning: Pruning?
    var retention = Retention()

    init(_ journal: Journal) { self.journal = journal }

    /// - Returns: whether a step is due now. Otherwise the steps of earlier orders come first.
    mutating func add(_ order: Order) -> Bool {
        orders.append(order)
        return orders.count == 1
    }

    /// - Parameter mayWrite: false while events wait to be written.
    mutating func step(mayWrite: Bool) -> Step {
        guard let order = orders.first else { return Step() }
        guard mayWrite else { return Step(pauseMilliseconds: Self.retryMilliseconds) }
        let pruning = pruning ?? Pruning(journal, by: order.person, before: order.before)
        self.pruning = pruning
        do throws(JournalError) {
            switch try pruning.step(at: .now(), nanoseconds: Self.stepNanoseconds) {
            case .goesOn: return Step(mayHaveWritten: true, pauseMilliseconds: Self.pauseMilliseconds)
            case .done(let record): return end(.done(record), mayHaveWritten: true)
            }
        } catch {
            return end(.failed(error.sentence), mayHaveWritten: false)
        }
    }

    private mutating func end(_ outcome: Outcome, mayHaveWritten: Bool) -> Step {
        let order = orders.removeFirst()
        pruning = nil
        return Step(
            mayHaveWritten: mayHaveWritten, ended: (order, outcome), pauseMilliseconds: orders.isEmpty ? nil : 0)
    }

    /// A standing order to remove requests of a certain age again and again.
    struct Retention {
        /// Distinguishes an order from earlier ones, whose timers may still run.
        typealias Number = Int

        static let firstMilliseconds: Int64 = 200
        static let intervalMilliseconds: Int64 = 3_600_000
        /// Stands for the person on record.
        static let person = "[Journal] Retention"

        private var number: Number = 0
        private var microseconds: Int64?

        /// - Parameter microseconds: the age at which a request is removed; nil keeps everything.
        /// - Returns: the number of the order, for `order`; nil if nothing is to be removed.
        mutating func set(microseconds: Int64?) -> Number? {
            number += 1
            self.microseconds = microseconds
            return microseconds == nil ? nil : number
        }

        /// The order that is due; nil if the retention has changed since.
        ///
        /// - Parameter now: microseconds since 1970-01-01 UTC.
        func order(_ number: Number, now: Int64) -> Order? {
            guard number == self.number, let microseconds else { return nil }
            return Order(person: Self.person, before: now - microseconds, asker: nil)
        }
    }
}
