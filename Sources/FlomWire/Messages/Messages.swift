package import FlomModel

/// A message from a client to a daemon.
package enum ClientMessage: Hashable, Sendable {
    /// Verb 1, step 8.
    case lock(LockMessage)
    /// Verb 2, step 8.
    case unlock(UnlockMessage)
    /// Verb 4, step 8: asks which daemon serves a group. Over UDP. A client that is about to start a daemon there adds a note, which is
    /// sent only with the marker.
    case discover(extended: Bool, note: DiscoveryNote? = nil)
    /// Verb 5, step 8.
    case shutdown(ShutdownMessage)

    // Messages of the extension, sent only after the daemon has confirmed the marker.

    /// Verb 16, step 8: the command line that will run, as the bytes of its words. Not answered.
    case describe(command: [[UInt8]])
    /// Verb 17, step 8: the command has started. Not answered.
    case started(ProcessIdentity)
    /// Verb 18, step 8: the client's own deadline has passed while it waited. Not answered; the connection ends next.
    case expired
    /// Verb 20, step 8: all resources of a request whose first message gave their number, in the order of the command line.
    case parts([ResourceMessage])
    /// Verb 22, step 8: the client takes what it is offered, and is answered with its grant. After a grant that came without an offer,
    /// later than the request and to another host, it asks whether the grant still stands.
    case confirm
    /// Verb 24, step 8: a person takes a lock away.
    case breakLock(BreakMessage)
    /// Verb 25, step 8: removes from the journal what ended before a moment, in microseconds since 1970-01-01 UTC.
    case prune(before: Int64)
    /// Verb 19, step 8: asks for requests of the journal. Answered by a `page` or a refusal.
    case query(HistoryQuery)
}

/// One resource of a request as it is on the wire.
package struct ResourceMessage: Hashable, Sendable {
    /// The name as in `LockMessage`. `mode` and `quantity` likewise.
    package var name: [UInt8]
    package var mode: Int32?
    package var quantity: Int32?

    package init(name: [UInt8], mode: Int32? = nil, quantity: Int32? = nil) {
        self.name = name
        self.mode = mode
        self.quantity = quantity
    }
}

/// A lock request as it is on the wire. Numbers are in the range of their types; nothing else has been checked.
package struct LockMessage: Hashable, Sendable {
    /// The client's id; nil in 1.7.2 if a program other than flom speaks.
    package var peerID: String?
    /// The decoded bytes of the name, up to a NUL. Empty if the attribute is not Base64.
    package var name: [UInt8]
    /// The mode's raw value; nil if the attribute is missing, as for resources without modes. 1.7.2's daemon then reads 0 (NL).
    package var mode: Int32?
    package var wait = false
    /// The quantity; nil if the attribute is missing, as for all but numeric resources.
    package var quantity: Int32?
    package var create = false
    package var idleLifespanMilliseconds: Int32 = 0
    /// What the extension adds; nil if the client did not send the marker, so that it is a 1.7.2.
    package var offer: Offer?

    package init(name: [UInt8]) { self.name = name }
}

/// What a client of flom adds to its first message, within the 511 bytes that a 1.7.2 daemon can read.
package struct Offer: Hashable, Sendable {
    /// Resumes the session after a lost connection; never dropped for size.
    package var secret: SessionSecret
    package var bootID: String?
    package var process: ProcessIdentity?
    /// The inode of the PID namespace to which the pid of `process` belongs, and the pids that the client reports later.
    package var pidNamespace: UInt64?
    package var user: String?
    package var host: String?
    /// The `FLOM_REQUEST_ID` that the client found in its environment: the lock in which this request is nested.
    package var parent: String?
    /// The `FLOM_REQUEST_ID` of a lock that the client holds: the message resumes its session and makes no new request.
    package var resumes: String?
    /// With `resumes`: the element of the grant, for a daemon whose journal is too old to know it.
    package var element: [UInt8]?
    /// Whether only a person may end the lock while its holder cannot be seen.
    package var isLeaseless = false
    /// Whether the daemon ends the command when its flom is gone.
    package var endsOrphan = false
    /// Whether the client is a program that holds the lock itself.
    package var runsNoCommand = false
    /// Whether the daemon may refuse the request because it can never be granted.
    package var mayBeRefusedAsDeadlock = false
    /// Whether the client confirms a grant that comes later than this message, and runs nothing before the confirmation is answered.
    package var confirmsOffers = false
    /// The number of resources that are asked for at once. If it is above 1, they follow when the daemon has asked for them. 1.7.2 takes
    /// this message for a request for the one that it names.
    package var partCount = 1

    package init(secret: SessionSecret) { self.secret = secret }
}

/// 128 random bits that the client has chosen. They appear in no log, trace or history; the journal keeps only a hash.
package struct SessionSecret: Hashable, Sendable {
    package static let byteCount = 16
    package let bytes: [UInt8]

    /// Nil unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

package struct UnlockMessage: Hashable, Sendable {
    /// The name as in `LockMessage`.
    package var name: [UInt8]
    package var rollback = false
    /// How the command ended. Only clients that speak the extension report it; they are answered.
    package var completion: Completion?
    package var speaksExtension = false
    /// Whether the client's deadline passed before it was answered, so that it knows of no lock. A 1.7.2 daemon takes the message for an
    /// unlock, which has the same effect.
    package var isExpired = false

    package init(name: [UInt8]) { self.name = name }
}

/// The message of `flom --break`.
package struct BreakMessage: Hashable, Sendable {
    /// The number of the request in the journal of the daemon.
    package var request: RequestID
    package var reason: String

    package init(request: RequestID, reason: String) {
        self.request = request
        self.reason = reason
    }
}

package struct ShutdownMessage: Hashable, Sendable {
    package var peerID: String?
    /// Whether the daemon is to be replaced by the program that is on disk now.
    package var restarts = false
    package var immediate: Bool
    package var speaksExtension = false

    package init(immediate: Bool) { self.immediate = immediate }
}

/// A message from a daemon to a client. Unless stated otherwise, messages other than `answer` are sent only to clients that speak the
/// extension.
package enum ServerMessage: Hashable, Sendable {
    /// Verb 1, steps 16, 24 and 32. To all clients.
    case answer(LockAnswer)
    /// Verb 20, step 16: asks for the resources of the request.
    case tellParts
    /// Verb 2, step 16: the unlock is committed.
    case unlocked
    /// Verb 21, step 16: the daemon is about to close every connection, and says why. An end without this message is a crash.
    case closing(ClosingReason)
    /// Verb 22, step 16: the grant stands; a refusal says that it does not.
    case confirmed(refusal: String?)
    /// Verb 22, step 24: the lock is the client's if it confirms, which is answered by the grant. Only to clients that confirm offers.
    case offered
    /// Verb 23, step 16: the lock that this session holds was taken away.
    case revoked(reason: String)
    /// Verb 24, step 16: the result of a `breakLock`; a refusal is a sentence for the user.
    case breakAnswer(refusal: String?)
    /// Verb 25, step 16: the result of a `prune`, when it is done.
    case pruneAnswer(PruneAnswer)
    /// Verb 5, step 16: the result of a shutdown request; a refusal is a sentence for the user.
    case shutdownAnswer(refusal: String?)
    /// Verb 19, step 16: rows of the history, or a part of them if they do not all fit.
    case page(HistoryPage)
    /// Verb 19, step 16: why a query is not answered, in a sentence for the user.
    case queryRefused(reason: String)
    /// Verb 4, step 16, to all clients. An empty address means the datagram's source. A note is sent with the marker, so only to clients
    /// that have sent it.
    case location(address: String, port: UInt16, note: DiscoveryNote? = nil)
}

package struct LockAnswer: Hashable, Sendable {
    package enum Step: UInt8, Sendable {
        /// The first answer on a request.
        case first = 16
        /// A later answer: the lock is granted, or (rc 1) the resource was created and the request is queued.
        case later = 24
        /// The refusal of a waiter.
        case final = 32
    }

    package var step: Step
    package var code: ReturnCode
    /// The daemon's id, only in the first answer.
    package var peerID: String?
    package var element: [UInt8]?
    /// The grants of the other resources of the request, in the order given. Only to clients that speak the extension.
    package var others: [PartGranted] = []
    /// What the extension adds; nil if the daemon did not confirm the marker, so that it is a 1.7.2.
    package var details: AnswerDetails?

    package init(step: Step, code: ReturnCode) {
        self.step = step
        self.code = code
    }

    /// Whether it is the first answer on a request.
    package var isFirst: Bool { step == .first }
    package var isGrant: Bool { code == .granted }
}

/// Why a daemon closes its connections.
package enum ClosingReason: String, CaseIterable, Hashable, Sendable {
    /// A signal ended the daemon: another client starts the next one.
    case stopped
    /// The daemon's successor is being started.
    case restart
    /// `-X` ended the daemon: no client starts a new one.
    case shutdown
    /// The daemon had nothing left to do.
    case idle
    /// The lock is not free, and the daemon has no descriptor for another waiter: the client asks again later.
    case crowded
    /// The lock is free, but the daemon has no descriptor for another holder: the client asks again later.
    case full

    /// Whether only this connection is closed.
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

/// What the extension adds to an answer.
package struct AnswerDetails: Hashable, Sendable {
    /// The value of `FLOM_REQUEST_ID`: `JOURNAL:NUMBER`, the journal's id and the request's number.
    package var request: String?
    package var token: FencingToken?
    /// The place in the queue, from 1, the head.
    package var position: Int?
    /// Whether the lock is lost that the client came back for.
    package var isLost = false
    /// How the request ended that the client came back for, in the journal's word.
    package var outcome: String?
    /// How long the lock is kept after a lost connection; nil if time does not end it.
    package var keptMilliseconds: Int64?
    /// Why a request was refused, in a sentence for the user.
    package var reason: String?
    /// The number that 1.7.2 shows in this case, if it says more than the answer's code.
    package var number: Int32?
    /// The daemon's identity, in the answer to a probe.
    package var about: DaemonAbout?

    package init() {}
}

/// The return codes on the wire, with 1.7.2's numbers.
package enum ReturnCode: Int32, Sendable {
    case granted = 0
    case queued = 1
    case awaitingCreation = 2
    /// Refused for a reason that has no code in 1.7.2. Never sent in step 24, where 1.7.2 takes it for a grant.
    case cannotLock = 3
    case busy = 4
    case cannotWait = 5
    case impossible = 6
    case invalidResourceName = -14
}

/// The largest messages in bytes: what 1.7.2 can read, and what is allowed when both sides have shown the marker.
package enum FrameLimit {
    package static let towardsOldDaemon = 511
    package static let towardsOldClient = 1023
    package static let betweenOurs = 64 * 1024
}

/// The most resources of one request: more than a person names, and few enough for their grants to fit into one frame.
package enum PartLimit {
    package static let resources = 64
}

/// The protocol level that every message carries.
package enum ProtocolLevel {
    package static let level = 3
}

/// Why bytes are not a message. The connection on which they came is closed without an answer, as 1.7.2's clients expect.
package enum WireError: Error, Hashable, Sendable {
    /// The frame passed its limit before `</msg>`.
    case tooLong(limit: Int)
    /// The frame is not well formed, or longer, deeper or stranger than any peer sends; with the offset in the frame.
    case malformed(offset: Int, String)
    /// The level is not 3.
    case levelMismatch(String)
    /// The message is well formed, but not one that belongs here.
    case unexpected(String)
}
