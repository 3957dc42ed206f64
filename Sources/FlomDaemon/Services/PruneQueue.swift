internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// Removes old requests from the journal between the turns of the loop, one order after the other and a little at a time: a
/// client that asks for a lock meanwhile waits for one step at most.
struct PruneQueue {
    struct Order: Hashable {
        /// Who wants it, for the record.
        let person: String
        /// What ended before this moment goes, in microseconds since 1970-01-01 UTC.
        let before: Int64
        /// The session that is told the outcome; nil for a retention.
        let asker: SessionID?
    }

    enum Outcome {
        /// Nil if there was nothing to remove.
        case done(PruneRecord?)
        /// In a sentence.
        case failed(String)
    }

    /// What one step has come to.
    struct Step {
        var mayHaveWritten = false
        var ended: (order: Order, outcome: Outcome)?
        /// When the next step is due; nil if nothing is left to do.
        var pauseMilliseconds: Int64?
    }

    /// The longest time of one step, and the time that everything else has the loop between two: see docs/decisions.md for what
    /// was measured.
    private static let stepNanoseconds: Int64 = 300_000
    private static let pauseMilliseconds: Int64 = 4
    /// While the journal cannot be written.
    private static let retryMilliseconds: Int64 = 1000

    private let journal: Journal
    private var orders: [Order] = []
    /// The work on the first order.
    private var pruning: Pruning?
    var retention = Retention()

    init(_ journal: Journal) { self.journal = journal }

    /// - Returns: whether a step is due now. Otherwise earlier orders come first, and their steps are.
    mutating func add(_ order: Order) -> Bool {
        orders.append(order)
        return orders.count == 1
    }

    /// - Parameter mayWrite: false while what happened is waiting to be written.
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

    /// The wish that what ended longer ago than a certain time is removed again and again.
    struct Retention {
        /// Tells a wish from earlier ones, whose timers still run.
        typealias Number = Int

        static let firstMilliseconds: Int64 = 200
        static let intervalMilliseconds: Int64 = 3_600_000
        /// In the place of a person, on record.
        static let person = "[Journal] Retention"

        private var number: Number = 0
        private var microseconds: Int64?

        /// - Parameter microseconds: the age at which a request is removed; nil keeps everything.
        /// - Returns: the number of the wish, for `order`; nil if nothing is to be removed.
        mutating func set(microseconds: Int64?) -> Number? {
            number += 1
            self.microseconds = microseconds
            return microseconds == nil ? nil : number
        }

        /// The order that is due; nil if another wish has come since.
        ///
        /// - Parameter now: microseconds since 1970-01-01 UTC.
        func order(_ number: Number, now: Int64) -> Order? {
            guard number == self.number, let microseconds else { return nil }
            return Order(person: Self.person, before: now - microseconds, asker: nil)
        }
    }
}
