internal import FlomSettings

/// Who may open one more connection: a pure function of who has some, of when they came, and of the limits.
struct Admission {
    enum Peer: Hashable {
        /// On the socket. `isExempt`: the daemon's own user, and root.
        case user(UInt32, isExempt: Bool)
        case address([UInt8])
    }

    enum Refusal: Hashable {
        case connections(Int)
        case perPeer(Int)
        case rate(Int)
    }

    private struct Account {
        var open = 0
        /// New connections that it may have at once: `burst` at most.
        var left: Double
        /// Nanoseconds; when `left` was true.
        var at: Int64
    }

    var limits: DaemonLimits
    /// Descriptors for connections, whatever `limits` says.
    var available: Int
    private(set) var open = 0
    private var accounts: [Peer: Account] = [:]

    init(_ limits: DaemonLimits, available: Int) {
        self.limits = limits
        self.available = available
    }

    var mostConnections: Int { min(limits.connections, available) }

    /// Whether nobody more can be let in for lack of descriptors: then newcomers wait where the kernel keeps them.
    ///
    /// - Parameter others: descriptors in use for something else that grows with the number of clients.
    func isFull(others: Int) -> Bool { open + others >= available }

    /// Of the descriptors for connections some are kept for those who are heard for the first time: who they are, and whether theirs is
    /// a request that must come in (one that is nested in an open lock, a person's `-x`), shows only then. Half of a few, and never
    /// more than this.
    private static let mostForNewcomers = 64
    /// As above, of those kept from holders too, for what is nested in their locks.
    private static let mostForNested = 32

    /// Whether one more connection may stay for as long as its request takes.
    ///
    /// - Parameters:
    ///   - toWait: whether it would wait; else it would hold.
    ///   - staying: connections that do so already, and descriptors in use as for `isFull`.
    func hasRoom(toWait: Bool, staying: Int) -> Bool {
        let kept = toWait ? min(available / 2, Self.mostForNewcomers) : min(available / 4, Self.mostForNested)
        return staying < available - kept
    }

    private var burst: Double { Double(2 * limits.connectionsPerSecond) }

    /// Nil: it is let in, and `left` is to be called when it goes.
    ///
    /// - Parameters:
    ///   - peer: whose connection it is.
    ///   - now: nanoseconds of a clock that nobody sets.
    mutating func enters(_ peer: Peer, now: Int64) -> Refusal? {
        guard open < limits.connections else { return .connections(limits.connections) }
        if case .user(_, isExempt: true) = peer {
            open += 1
            return nil
        }
        var account = accounts[peer] ?? Account(left: burst, at: now)
        refill(&account, now)
        defer { accounts[peer] = account }
        guard account.open < limits.connectionsPerPeer else { return .perPeer(limits.connectionsPerPeer) }
        guard account.left >= 1 else { return .rate(limits.connectionsPerSecond) }
        account.left -= 1
        account.open += 1
        open += 1
        return nil
    }

    mutating func left(_ peer: Peer) {
        open -= 1
        accounts[peer]?.open -= 1
    }

    /// To be called now and then: forgets those of whom there is nothing to remember.
    mutating func tidy(now: Int64) {
        for (peer, var account) in accounts where account.open == 0 {
            refill(&account, now)
            if account.left >= burst { accounts[peer] = nil }
        }
    }

    var peerCount: Int { accounts.count }

    private func refill(_ account: inout Account, _ now: Int64) {
        let seconds = Double(max(0, now - account.at)) / 1_000_000_000
        account.left = min(burst, account.left + seconds * Double(limits.connectionsPerSecond))
        account.at = now
    }
}
