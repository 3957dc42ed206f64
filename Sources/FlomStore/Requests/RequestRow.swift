internal import FlomModel

/// A row of `request` that is not in the file yet: the result of one batch for a new request.
struct RequestRow {
    let number: Int64
    private(set) var request: LockRequest
    /// The number of the view in which the request's processes were identified: see `ViewTable`. Nil if it is not known.
    private(set) var view: Int64?
    let asked: Moment
    var queued: Moment?
    var granted: Moment?
    var ended: Moment?
    var outcome = RequestOutcome.waiting
    var isOrphan = false
    var token: FencingToken?
    var element: [UInt8]?
    var command: [[UInt8]]?
    var process: ProcessIdentity?
    var end: RequestEnd?

    init(number: Int64, request: LockRequest, view: Int64?, asked: Moment) {
        self.number = number
        self.request = request
        self.view = view
        self.asked = asked
    }

    /// Returns false when the change does not fit: the request has ended, or is asked for again.
    ///
    /// - Parameter view: the view of the daemon that records the change.
    mutating func apply(_ change: RequestChange, view: Int64?, at moment: Moment) -> Bool {
        if ended != nil {
            guard change.fitsEnded else { return false }
        }
        switch change {
        case .asked: return false
        case .waits(let outcome):
            self.outcome = outcome
            queued = moment
        case .granted(let token, let element):
            outcome = .held
            self.token = token
            self.element = element
            granted = moment
        case .described(let command): self.command = command
        case .started(let process): self.process = process
        case .orphaned: isOrphan = true
        case .resumed: isOrphan = false
        case .identified(let process):
            request.client.process = process
            self.view = view
            self.process = nil
        case .ended(let end):
            outcome = end.outcome
            self.end = end
            ended = moment
        }
        return true
    }
}

extension RequestChange {
    /// Whether the change may come after the request's end: a client may report a short command late.
    var fitsEnded: Bool {
        switch self {
        case .described, .started: true
        case .asked, .waits, .granted, .orphaned, .resumed, .identified, .ended: false
        }
    }
}
