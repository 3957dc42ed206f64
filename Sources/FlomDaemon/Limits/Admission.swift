internal import FlomSettings

/// Decides which peers may open one more connection: a pure function of the open connections, their times and the limits.
struct Admission {
    enum Peer: Hashable {
        /// A user on the socket. `isExempt`: the daemon's own user, and root.
        case user(UInt32, isExempt: Bool)
        case address([UInt8])
    }

    enum ExceededLimit: Hashable {
        case connections(Int)
        case perPeer(Int)
        case rate(Int)
    }

    private struct Account {
        var open = 0
        /// The number of new connections that it may open at once: `burst` at most.
        var left: Double
        /// The moment at which `left` was true, in nanoseconds.
        var at: Int64
    }

    var limits: DaemonLimits
    /// The number of descriptors for connections, independent of `limits`.
    var available: Int
    private(set) var open = 0
    private var accounts: [Peer: Account] = [:]

    init(_ limits: DaemonLimits, available: Int) {
        self.limits = limits
        self.available = available
    }

    var mostConnections: Int { min(limits.connections, available) }

    /// Whether no descriptor is left for another connection. New ones then wait in the kernel's backlog.
    ///
    /// - Parameter others: descriptors in use for something else that grows with the number of clients.
    func isFull(others: Int) -> Bool { open + others >= available }

    /// The most descriptors that are kept for connections whose first message has not come. Only that message tells who they are,
    /// and whether the request must come in: one nested in an open lock, or a person's `-x`. With few descriptors half of them
    /// are kept.
    private static let mostForNewcomers = 64
    /// The most of these that are kept even from holders, for requests nested in their locks.
    private static let mostForNested = 32

    /// Whether one more connection may stay for as long as its request takes.
    ///
    /// - Parameters:
    ///   - toWait: whether it would wait; otherwise it would hold.
    ///   - staying: the connections that stay already, and descriptors in use as for `isFull`.
    func hasRoom(toWait: Bool, staying: Int) -> Bool {
        let kept = toWait ? min(available / 2, Self.mostForNewcomers) : min(available / 4, Self.mostForNested)
        return staying < available - kept
    }

    private var burst: Double { Double(2 * limits.connectionsPerSecond) }

    /// Lets one more connection in, unless a limit refuses it.
    ///
    /// - Parameters:
    ///   - peer: the peer at the other end.
    ///   - now: nanoseconds of a monotonic clock.
    /// - Returns: nil if it is let in; call `left` when it ends.
    mutating func enters(_ peer: Peer, now: Int64) -> ExceededLimit? {
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

    /// Forgets peers without connections and debts. Call it now and then.
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
