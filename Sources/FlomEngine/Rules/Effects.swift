package import FlomModel

/// What a step asks of the world. The shell owns one value, hands it to every step of a turn and empties it afterwards. It keeps its
/// capacity, so that a busy daemon does not allocate for it.
package struct Effects {
    /// To be committed, in this order, before any of `answers` leaves.
    package var events: [Event] = []
    package var answers: [Answer] = []
    /// Offers are on no record, and a client without a connection is not told of its own. They are for those who judge the rules.
    package var offers: [Offered] = []
    /// Changes of resources, to be committed with `events`; the last change of each counts.
    package var lives: [ResourceChange] = []
    /// Requests whose session is gone: find out what lives of their clients and report `clientGone` or `gone`.
    package var inquiries: [RequestID] = []

    package init() {}

    package mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        answers.removeAll(keepingCapacity: true)
        offers.removeAll(keepingCapacity: true)
        lives.removeAll(keepingCapacity: true)
        inquiries.removeAll(keepingCapacity: true)
    }
}

/// A request is offered its lock: see `EngineOffering`.
package struct Offered: Hashable, Sendable {
    package let request: RequestID
    /// What is kept for it of each of its resources, in the order given; nil of kinds that have no elements.
    package let elements: [[UInt8]?]
    /// How many of the step's events come before it.
    package let eventCount: Int
}

/// What a holder gets with its lock of one resource.
package struct Grant: Hashable, Sendable {
    package let token: FencingToken
    /// The element of a set, a sequence or a time stamp; nil for other kinds.
    package let element: [UInt8]?

    package init(_ token: FencingToken, element: [UInt8]? = nil) {
        self.token = token
        self.element = element
    }
}

/// What a session is told about one of its requests.
package struct Answer: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        /// The grant of the first resource, then those of the others in the order given.
        case granted(Grant, others: [Grant] = [])
        /// `position` counts from 1, the head of the queue.
        case queued(position: Int)
        case awaitingCreation
        /// The lock is the client's if it confirms: see `EngineOffering`.
        case offered
        case refused(Refusal)
        /// The unlock is done.
        case released
        /// A person has ended the request.
        case revoked(by: String, reason: String)
        /// The unlock named something this session does not hold; 1.7.2 closes such a connection.
        case notHeld
    }

    package let session: SessionID
    package let request: RequestID?
    package let body: Body
    /// Whether a grant or a release is about an element that must never come again, even after a loss of power.
    package let isDurable: Bool

    package init(_ session: SessionID, _ request: RequestID?, _ body: Body, isDurable: Bool = false) {
        self.session = session
        self.request = request
        self.body = body
        self.isDurable = isDurable
    }
}
