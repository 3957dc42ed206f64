internal import FlomModel

/// What makes one kind of resource different from another: what fits beside what, and what a grant carries.
///
/// Everything else is the same for all kinds and written once: the queue (`Lane`), creation, lifespan and overtaking (`Engine`).
/// A kind is told of every holder and every waiter, and asked three questions: whether a request fits, which older waiters it
/// conflicts with, and which waiters might go on now.
protocol Kind {
    // MARK: Holders

    /// Whether a request could be granted beside the present holders.
    func fit(of ask: Ask, at moment: Moment) -> Fit
    /// Adds a holder that fits.
    ///
    /// - Returns: the element that it gets, for kinds that have elements.
    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]?
    /// Nobody has been told of the element that `acquire` has given out, and nothing of that is on record.
    mutating func isOffered(_ element: [UInt8]?)
    /// It is granted now.
    mutating func isTaken(_ element: [UInt8]?)
    /// Removes a holder that `acquire` or `restore` has added.
    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending)
    /// Adds a holder from before a restart, whether it fits or not: see `isOvergranted`.
    mutating func restore(_ ask: Ask, _ element: [UInt8]?)
    /// Whether holders exclude each other: never, unless the journal that they were restored from is wrong.
    var isOvergranted: Bool { get }

    // MARK: Waiters

    /// Whether two requests conflict.
    func conflict(_ one: Ask, _ other: Ask) -> Bool
    mutating func join(_ ticket: RequestID, _ ask: Ask)
    mutating func leave(_ ticket: RequestID, _ ask: Ask)
    /// The oldest waiter that conflicts with a request: the only one that can block it, because the oldest does so first.
    func oldestInConflict(with ask: Ask) -> RequestID?
    /// The heads of the lanes that conflict with a request.
    func headsInConflict(with ask: Ask) -> [RequestID]
    /// The heads of the lanes that may have become free to go when a request like this was released, left the queue or was granted;
    /// nil: the heads of all lanes.
    func heads(near ask: Ask?) -> [RequestID]
    /// The number of waiters with lower tickets.
    func waiterCount(before ticket: RequestID) -> Int
    /// The head of the lane that a request like this would join.
    func head(ofLaneOf ask: Ask) -> RequestID?

    // MARK: What lasts

    /// What has to be known after a restart beside holders and waiters; nil if nothing has.
    var state: KindState? { get }

    /// What is wrong with its own data; nil if nothing is.
    var inconsistency: String? { get }
}

extension Kind {
    mutating func isOffered(_ element: [UInt8]?) {}
    mutating func isTaken(_ element: [UInt8]?) {}
}

/// What a request asks of one resource.
struct Ask: Hashable {
    let name: ResourceName
    let mode: LockMode
    let quantity: Int32

    init(_ request: LockRequest) {
        name = request.resource
        mode = request.mode
        quantity = request.quantity
    }

    init(_ part: LockPart) {
        name = part.resource
        mode = part.mode
        quantity = part.quantity
    }
}

enum Fit {
    case yes
    /// Not before a holder is released.
    case no
    /// Not before this moment, whatever is released.
    case later(Instant)
    /// Never, as far as can be foreseen.
    case never(Refusal)
}

/// What becomes of an element whose holder was released.
enum Ending {
    /// It has served its purpose.
    case committed
    /// Its holder failed: a transactional sequence gives it out again.
    case rolledBack
    /// What its holder did with it is unknown: it is not given out again.
    case unknown
    /// It never reached a holder: every sequence gives it out again.
    case untold
}
