package import FlomModel

/// What a client says to a daemon.
package enum ClientMessage: Hashable, Sendable {
    /// Verb 1, step 8.
    case lock(LockMessage)
    /// Verb 2, step 8.
    case unlock(UnlockMessage)
    /// Verb 4, step 8: who serves this group? Over UDP. Whoever is about to start a daemon there adds a note; it travels only
    /// with the marker.
    case discover(marked: Bool, note: DiscoveryNote? = nil)
    /// Verb 5, step 8.
    case shutdown(ShutdownMessage)

    // Ours, only after the daemon has confirmed the marker.

    /// Verb 16, step 8: the command line that will run, as the bytes of its words. Not answered.
    case describe(command: [[UInt8]])
    /// Verb 17, step 8: the command runs. Not answered.
    case started(ProcessIdentity)
    /// Verb 18, step 8: the client's own deadline has passed while it waited. Not answered; the connection ends next.
    case expired
    /// Verb 20, step 8: all resources of a request whose first message said how many there are, in the order given.
    case parts([ResourceMessage])
    /// Verb 22, step 8: the client takes what it is offered, and is told of its grant then. For a grant that came without an offer, later
    /// than the request and to another host: answered whether the daemon still stands by it.
    case confirm
    /// Verb 24, step 8: a person takes a lock away.
    case breakLock(BreakMessage)
    /// Verb 25, step 8: removes from the journal what ended before a moment, in microseconds since 1970-01-01 UTC.
    case prune(before: Int64)
    /// Verb 19, step 8: what does the journal say? Answered by a `page` or a refusal.
    case query(HistoryQuery)
}

/// One resource of a request as it stands on the wire.
package struct ResourceMessage: Hashable, Sendable {
    /// As those of `LockMessage`.
    package var name: [UInt8]
    package var mode: Int32?
    package var quantity: Int32?

    package init(name: [UInt8], mode: Int32? = nil, quantity: Int32? = nil) {
        self.name = name
        self.mode = mode
        self.quantity = quantity
    }
}

/// A lock request as it stands on the wire: numbers are in range for their type, but nothing else has been judged yet.
package struct LockMessage: Hashable, Sendable {
    /// Absent in 1.7.2 when a program other than flom speaks.
    package var peerID: String?
    /// The decoded bytes of the name, up to a NUL. Empty if it was no base64.
    package var name: [UInt8]
    /// Nil: not on the wire, as for resources without modes; 1.7.2's daemon then reads 0 (NL).
    package var mode: Int32?
    package var wait = false
    /// Nil: not on the wire, as for all but numeric resources.
    package var quantity: Int32?
    package var create = false
    package var idleLifespanMilliseconds: Int32 = 0
    /// Nil when the peer did not send the marker, so it is 1.7.2.
    package var offer: Offer?

    package init(name: [UInt8]) { self.name = name }
}

/// What a client of ours adds to its first message, within the 511 bytes that a 1.7.2 daemon survives.
package struct Offer: Hashable, Sendable {
    /// Resumes the session after a lost connection; never dropped for size.
    package var secret: SessionSecret
    package var bootID: String?
    package var process: ProcessIdentity?
    /// Inode of the PID namespace in which `process` is a number, and those that it tells of later.
    package var pidNamespace: UInt64?
    package var user: String?
    package var host: String?
    /// The `FLOM_REQUEST_ID` that the client found in its environment: the lock in which this request is nested.
    package var parent: String?
    /// The `FLOM_REQUEST_ID` of a lock that the client holds: the message brings its session back and asks for nothing new.
    package var resumes: String?
    /// With `resumes`: what the grant carries, for a daemon whose journal is too old to know.
    package var element: [UInt8]?
    /// Nobody but a person may end the lock while its holder cannot be seen.
    package var isLeaseless = false
    /// The daemon ends the command when its flom is gone.
    package var endsOrphan = false
    /// The daemon may refuse what can never be granted.
    package var mayBeRefusedAsDeadlock = false
    /// The client confirms a grant that comes later than this message, and runs nothing before that is answered.
    package var confirmsOffers = false
    /// So many resources are asked for at once, if it is more than one. They follow when the daemon has shown that it understands;
    /// 1.7.2 takes this message for a request for the one that it names.
    package var partCount = 1

    package init(secret: SessionSecret) { self.secret = secret }
}

/// 128 random bits that the client chose. Kept out of logs, traces and history; the journal keeps only a hash.
package struct SessionSecret: Hashable, Sendable {
    package static let byteCount = 16
    package let bytes: [UInt8]

    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

package struct UnlockMessage: Hashable, Sendable {
    /// As in `LockMessage`.
    package var name: [UInt8]
    package var rollback = false
    /// How the command ended; only our clients say so, and only with the marker. They are answered.
    package var completion: Completion?
    package var isMarked = false
    /// It has no lock that it knows of: its time was over before it was answered. A 1.7.2 daemon takes it for an unlock, which is as good.
    package var isExpired = false

    package init(name: [UInt8]) { self.name = name }
}

/// `flom --break`.
package struct BreakMessage: Hashable, Sendable {
    /// The number of the request, in the journal of the daemon that is told.
    package var request: RequestID
    package var reason: String

    package init(request: RequestID, reason: String) {
        self.request = request
        self.reason = reason
    }
}

package struct ShutdownMessage: Hashable, Sendable {
    package var peerID: String?
    /// The daemon makes way for the program that is on disk now.
    package var restarts = false
    package var immediate: Bool
    package var isMarked = false

    package init(immediate: Bool) { self.immediate = immediate }
}

/// What a daemon says to a client.
package enum ServerMessage: Hashable, Sendable {
    /// Verb 1, steps 16, 24 and 32.
    case answer(LockAnswer)
    /// Verb 20, step 16: the daemon waits for the resources of the request. Only to marked peers.
    case tellParts
    /// Verb 2, step 16: the unlock is committed. Only to marked peers.
    case unlocked
    /// Verb 21, step 16: the daemon is about to close every connection, and says why. An end without this is a crash. Only to
    /// marked peers.
    case closing(ClosingReason)
    /// Verb 22, step 16: the grant stands; a refusal says that it does not. Only to marked peers.
    case confirmed(refusal: String?)
    /// Verb 22, step 24: the lock is the client's if it confirms, and is told so. Only to those who have said that they do.
    case offered
    /// Verb 23, step 16: the lock that this session holds was taken away. Only to marked peers.
    case revoked(reason: String)
    /// Verb 24, step 16: what became of a `breakLock`. Only to marked peers.
    case breakAnswer(refusal: String?)
    /// Verb 25, step 16: what became of a `prune`, when it is done. Only to marked peers.
    case pruneAnswer(PruneAnswer)
    /// Verb 5, step 16: what became of a shutdown request; a refusal is a sentence for the user. Only to marked peers.
    case shutdownAnswer(refusal: String?)
    /// Verb 19, step 16: rows of the history, or part of them if they do not all fit. Only to marked peers.
    case page(HistoryPage)
    /// Verb 19, step 16: why a query is not answered, in a sentence for the user. Only to marked peers.
    case queryRefused(reason: String)
    /// Verb 4, step 16. An empty address means the datagram's source. With a note the marker goes along, so a note is only for
    /// those who sent it.
    case location(address: String, port: UInt16, note: DiscoveryNote? = nil)
}

package struct LockAnswer: Hashable, Sendable {
    package enum Step: UInt8, Sendable {
        /// The first answer on a request.
        case first = 16
        /// A later one: granted, or (rc 1) left the wait for creation and queued.
        case later = 24
        /// Refuses a waiter.
        case final = 32
    }

    package var step: Step
    package var code: ReturnCode
    /// Only in the first answer.
    package var peerID: String?
    package var element: [UInt8]?
    /// What was granted of the other resources asked for at once, in the order given. Only to marked peers.
    package var others: [PartGranted] = []
    /// Nil when the daemon did not confirm the marker, so it is 1.7.2.
    package var details: AnswerDetails?

    package init(step: Step, code: ReturnCode) {
        self.step = step
        self.code = code
    }
}

/// Why a daemon closes its connections.
package enum ClosingReason: String, CaseIterable, Hashable, Sendable {
    /// A signal ended it: the next daemon is started by somebody else.
    case stopped
    /// Its successor is being started.
    case restart
    /// `-X`: no client brings it back.
    case shutdown
    /// Nothing was left to do.
    case idle
    /// What was asked for is not free, and the daemon has no descriptor for one more who waits: to be asked for again.
    case crowded
    /// It is free, but the daemon has no descriptor for one more who holds: to be asked for again.
    case full

    /// Whether only this client is sent away.
    package var isForLackOfRoom: Bool { self == .crowded || self == .full }
}

/// The grant of one of several resources.
package struct PartGranted: Hashable, Sendable {
    package var request: String
    package var token: FencingToken
    package var element: [UInt8]?

    package init(request: String, token: FencingToken, element: [UInt8]?) {
        self.request = request
        self.token = token
        self.element = element
    }
}

/// What our daemon adds for our clients.
package struct AnswerDetails: Hashable, Sendable {
    /// Journal id and number, `JOURNAL:NUMBER`, the value of `FLOM_REQUEST_ID`.
    package var request: String?
    package var token: FencingToken?
    /// From 1, the head of the queue.
    package var position: Int?
    /// Whether the lock that the client came back for is lost.
    package var isLost = false
    /// How the request ended that the client came back for, in the word of the journal.
    package var outcome: String?
    /// For how many milliseconds a lost connection leaves the lock alone; nil if time does not end it.
    package var keptMilliseconds: Int64?
    /// Why a request was refused, in a sentence for the user.
    package var reason: String?
    /// The number that 1.7.2 shows where this happens, if it has one that says more than the answer's code.
    package var number: Int32?
    /// Who the daemon is; to a probe.
    package var about: DaemonAbout?

    package init() {}
}

/// The codes that travel, with 1.7.2's numbers.
package enum ReturnCode: Int32, Sendable {
    case granted = 0
    case queued = 1
    case awaitingCreation = 2
    /// Refused for a reason that has no code in 1.7.2. Never in step 24, where 1.7.2 takes it for a grant.
    case cannotLock = 3
    case busy = 4
    case cannotWait = 5
    case impossible = 6
    case invalidResourceName = -14
}

/// Sizes that keep 1.7.2 alive (`<=`), and ours once both sides have shown the marker.
package enum FrameLimit {
    package static let towardsOldDaemon = 511
    package static let towardsOldClient = 1023
    package static let betweenOurs = 64 * 1024
}

/// How many resources one request may be for. More than anybody names by hand; their grants fit into one frame.
package enum PartLimit {
    package static let resources = 64
}

/// The protocol level that every message carries, and the version of our extension in its marker.
package enum ProtocolLevel {
    package static let level = 3
    package static let markerVersion = "1"
}

/// Why bytes are no message. The connection that sent them is closed; nothing is answered, as 1.7.2's clients expect.
package enum WireError: Error, Hashable, Sendable {
    /// The frame passed its limit before `</msg>`.
    case tooLong(limit: Int)
    /// Not well formed, or longer, deeper or odder than any peer sends; with the offset in the frame.
    case malformed(offset: Int, String)
    /// A level that is not 3.
    case levelMismatch(String)
    /// Well formed, but no message that belongs here.
    case unexpected(String)
}
