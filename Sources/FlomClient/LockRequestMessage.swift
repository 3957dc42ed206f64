package import FlomModel
internal import FlomSystem
package import FlomWire
internal import Glibc

/// The first message: the request, and who asks.
package struct LockRequestMessage {
    package var message: ClientMessage { .lock(lock) }
    private var lock: LockMessage
    /// The resources, if the request has more than the one in `message`; only a daemon of flom is told them.
    let parts: [ResourceMessage]

    /// The resource that a daemon of 1.7.2 is asked for first: see `LockPart.precedes`.
    package static func canonicallyFirst(of parts: [LockPart]) -> LockPart { parts.min { $0.precedes($1) }! }

    /// A daemon of 1.7.2 sees the part alone that is first in canonical order.
    ///
    /// - Parameter secret: with which the client comes back.
    package init(
        _ terms: LockTerms, from client: ClientFacts = ClientFacts(),
        secret: SessionSecret = SessionSecret(Host.randomBytes(SessionSecret.byteCount))!
    ) {
        let parts = terms.parts
        let first = Self.resource(Self.canonicallyFirst(of: parts))
        lock = LockMessage(name: first.name)
        lock.peerID = client.machineID
        lock.mode = first.mode
        lock.quantity = first.quantity
        lock.wait = terms.timeoutMilliseconds != 0
        lock.create = terms.mayCreate
        lock.idleLifespanMilliseconds = terms.idleLifespanMilliseconds
        var offer = Offer(secret: secret)
        offer.bootID = client.bootID
        offer.process = client.process
        offer.pidNamespace = client.pidNamespace
        offer.user = client.user
        offer.host = client.host
        offer.partCount = parts.count
        offer.confirmsOffers = lock.wait
        if let parent = terms.parent {
            offer.parent = parent
            offer.mayBeRefusedAsDeadlock = terms.timeoutMilliseconds < 0 && terms.mayBeRefusedAsDeadlock
        }
        offer.isLeaseless = terms.isLeaseless
        offer.endsOrphan = terms.endsOrphan
        offer.runsNoCommand = terms.runsNoCommand
        lock.offer = offer
        self.parts = parts.count > 1 ? parts.map(Self.resource) : []
    }

    /// The message with which the client comes back for what it holds.
    ///
    /// - Parameters:
    ///   - request: nil of one that no daemon has named, which the daemon knows by the secret or not at all.
    ///   - element: what its grant carries, if it is of one resource.
    func resuming(_ request: String?, element: [UInt8]?) -> ClientMessage {
        var lock = lock
        lock.wait = false
        lock.create = false
        lock.offer?.resumes = request
        lock.offer?.element = element
        lock.offer?.parent = nil
        return .lock(lock)
    }

    /// With which the client leaves when nothing has been answered; nil where a 1.7.2 daemon, which may be the other end, would not
    /// survive it.
    var expired: ClientMessage? {
        guard lock.create else { return nil }
        var message = UnlockMessage(name: lock.name)
        message.rollback = true
        message.speaksExtension = true
        message.isExpired = true
        return .unlock(message)
    }

    private static func resource(_ part: LockPart) -> ResourceMessage {
        let kind = part.resource.kind
        return ResourceMessage(
            name: part.resource.bytes, mode: kind.hasModes ? Int32(part.mode.rawValue) : nil,
            quantity: kind.hasQuantity ? part.quantity : nil)
    }
}

/// What a client says of itself.
package struct ClientFacts: Sendable {
    package let machineID: String?
    package let bootID: String?
    package let process: ProcessIdentity
    package let pidNamespace: UInt64?
    package let user: String
    package let host: String

    /// As they are now.
    package init() {
        machineID = Host.machineID()
        bootID = Host.bootID()
        process = ProcessIdentity(pid: getpid(), startTime: Processes.ownStartTime() ?? 0)
        pidNamespace = Host.pidNamespace()
        user = Users.ownOrNumber
        host = Host.name()
    }
}
