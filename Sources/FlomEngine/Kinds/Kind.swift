internal import FlomModel

/// What makes one kind of resource different from another: what fits beside what, and what a grant carries.
///
/// Everything else is the same for all and written once: the queue (`Lane`, `Queue`), creation, life and barring (`Engine`).
/// A kind is told of every holder and every waiter, and asked three questions: does it fit, who was there before it and conflicts,
/// and who might go on now.
protocol Kind {
    // MARK: Holders

    /// Whether a request could be granted beside those who hold now.
    func fit(of ask: Ask, at moment: Moment) -> Fit
    /// A request that fits takes its part. Returns the element that it gets, for kinds that have elements.
    mutating func acquire(_ ask: Ask, at moment: Moment) -> [UInt8]?
    /// A holder lets go of what `acquire` or `restore` has given it.
    mutating func release(_ ask: Ask, _ element: [UInt8]?, _ ending: Ending)
    /// A holder of before a restart takes its place again.
    mutating func restore(_ ask: Ask, _ element: [UInt8]?)
    /// Whether holders exclude each other: never, unless the journal that they were read from is wrong.
    var isOvergranted: Bool { get }

    // MARK: Waiters

    /// Whether two requests conflict, whoever makes them.
    func conflict(_ one: Ask, _ other: Ask) -> Bool
    mutating func join(_ ticket: RequestID, _ ask: Ask)
    mutating func leave(_ ticket: RequestID, _ ask: Ask)
    /// The oldest waiter that conflicts with a request: the only one that can bar it, because the oldest bars first.
    func oldestInConflict(with ask: Ask) -> RequestID?
    /// The first of each lane that conflicts with a request.
    func headsInConflict(with ask: Ask) -> [RequestID]
    /// The first of each lane that may have become free to go when a request like this let go, left the queue or was granted;
    /// nil: of each lane that there is.
    func heads(near ask: Ask?) -> [RequestID]
    /// How many wait who came earlier.
    func waiterCount(before ticket: RequestID) -> Int
    /// The first of the lane that a request of this sort would join.
    func head(ofLaneOf ask: Ask) -> RequestID?

    // MARK: What lasts

    /// What has to be known of it after a restart beside its holders and waiters; nil if that is nothing.
    var state: KindState? { get }
}

/// What a request wants of its resource.
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
    /// Not before somebody lets go.
    case no
    /// Not before this moment, whoever lets go.
    case later(Instant)
    /// Never, as far as can be foreseen.
    case never(Refusal)
}

/// What becomes of an element whose holder has let go.
enum Ending {
    /// It has served its purpose.
    case committed
    /// Its holder failed: a transactional sequence gives it out again.
    case rolledBack
    /// Nobody knows what its holder did with it: it is not given out again.
    case unknown
    /// It has never reached a holder: every sequence gives it out again.
    case untold
}
