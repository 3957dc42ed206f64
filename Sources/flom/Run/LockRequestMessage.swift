internal import FlomEngine
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// The first message: the request, and who asks.
enum LockRequestMessage {
    static func make(_ settings: Settings) throws(Failure) -> ClientMessage {
        var lock = LockMessage(name: settings.resource.bytes)
        lock.peerID = Host.machineID()
        if settings.resource.kind.hasModes { lock.mode = Int32(settings.mode.rawValue) }
        if settings.resource.kind.hasQuantity { lock.quantity = settings.quantity }
        lock.wait = settings.timeoutMilliseconds != 0
        lock.create = settings.mayCreate
        lock.idleLifespanMilliseconds = settings.idleLifespanMilliseconds
        lock.offer = offer()
        return .lock(lock)
    }

    private static func offer() -> Offer {
        var offer = Offer(secret: SessionSecret(Host.randomBytes(SessionSecret.byteCount))!)
        offer.bootID = Host.bootID()
        offer.process = ProcessIdentity(pid: getpid(), startTime: Processes.startTime(of: getpid()) ?? 0)
        offer.user = Users.own ?? "nobody"
        offer.host = Host.name()
        return offer
    }
}
