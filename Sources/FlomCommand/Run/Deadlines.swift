internal import FlomSystem

/// The one deadline of `-o`, from the start of flom to the lock; and the limits of the steps that have one whatever `-o` says.
struct Deadlines {
    /// With `-o 0` the request does not queue, but connecting, starting a daemon and its first answer may take so long.
    static let handshakeMilliseconds: Int64 = 5000
    /// To reach a daemon, starting one if need be, when the user sets no limit.
    static let startMilliseconds: Int64 = 30_000

    /// With `-o 0`, and for reports, a name is looked up for so long: who does not want to wait for a lock does not want to wait for a
    /// dead name server either.
    static let namingMilliseconds: Int64 = 2000

    /// From now on.
    static func naming() -> Deadline { .after(milliseconds: namingMilliseconds) }

    /// By when a daemon must be reached.
    let connect: Deadline
    /// By when the lock must be granted.
    let lock: Deadline

    /// By when a daemon must be reached or a first answer must be there: when a waiter comes back to a daemon that is busy with others
    /// who do, or had no room for it, it has as long as it would wait anyway.
    func connect(orLock hasBeenHeard: Bool) -> Deadline {
        hasBeenHeard ? Deadline.earlier(lock, .after(milliseconds: Self.startMilliseconds)) : connect
    }

    init(timeoutMilliseconds: Int32) {
        switch timeoutMilliseconds {
        case 0:
            connect = .after(milliseconds: Self.handshakeMilliseconds)
            lock = connect
        case ..<0:
            connect = .after(milliseconds: Self.startMilliseconds)
            lock = .never
        default:
            lock = .after(milliseconds: Int64(timeoutMilliseconds))
            connect = lock
        }
    }
}
