package import FlomModel

/// What is known of the client and the command of a request whose session is gone, and what follows from it. A function of facts, which
/// `HolderInquiry` gathers.
///
/// A grant ends without a release only when client *and* command are proven gone. Time proves nothing on the daemon's host, and
/// pids prove nothing if they were noted in another view.
package struct HolderEvidence: Hashable, Sendable {
    /// How the request's processes can be followed.
    package enum Means: Hashable, Sendable {
        /// By pid and start time: they are processes of this host.
        case numbers
        /// By the descriptor that the command has inherited: they are processes of this host that the daemon cannot see.
        case livenessPipe
        /// By time: no process can be seen, and a client that does not come back in time is given up.
        case time
        /// Not at all: only a person or the client itself ends the request.
        case nobody
    }

    package enum Sight: Hashable, Sendable {
        case unknown
        /// Nothing proves that the process has ended.
        case mayLive
        case gone
    }

    /// The search for a command that the client could not report any more.
    package enum Search: Hashable, Sendable {
        case due
        /// No process has the request's number in its environment.
        case foundNobody
        /// The same, but some processes could not be read.
        case foundNobodyReadable
    }

    package enum LivenessPipe: Hashable, Sendable {
        /// No liveness pipe was made, or it has disappeared: nothing is proven.
        case none
        case alive
        case ended
    }

    package enum Verdict: Hashable, Sendable {
        case stands
        /// The client is gone, and something of the command may live.
        case orphaned
        /// The command has to be searched for first.
        case search
        case processesEnded
        case livenessPipeEnded
        case hostRebooted
    }

    package var means = Means.nobody
    package var isHeld = false
    package var client = Sight.unknown
    /// Unknown if the client never reported a command.
    package var command = Sight.unknown
    package var search = Search.due
    package var livenessPipe = LivenessPipe.none
    /// Whether the host was booted since: see `BootEvidence`.
    package var hasRebooted = false

    package init(_ means: Means, isHeld: Bool) {
        self.means = means
        self.isHeld = isHeld
    }

    package var verdict: Verdict {
        if hasRebooted && livenessPipe != .alive { return .hostRebooted }
        switch means {
        case .time, .nobody: return .stands
        case .livenessPipe: return livenessPipe == .ended ? .livenessPipeEnded : .stands
        case .numbers: return verdictByNumbers
        }
    }

    private var verdictByNumbers: Verdict {
        guard client == .gone else { return .stands }
        guard isHeld else { return .processesEnded }
        switch command {
        case .gone: return .processesEnded
        case .mayLive: return .orphaned
        case .unknown: break
        }
        switch (search, livenessPipe) {
        case (.due, _): return .search
        // Some process has the descriptor that the command inherited.
        case (_, .alive): return .orphaned
        case (_, .ended): return .livenessPipeEnded
        case (.foundNobody, .none): return .processesEnded
        case (.foundNobodyReadable, .none): return .orphaned
        }
    }
}

extension HolderEvidence.Means {
    /// - Parameters:
    ///   - client: the client's process as it was identified; nil or pid 0 if it could not be seen.
    ///   - isSeenAlike: whether it was identified in this daemon's own view.
    ///   - isLeaseless: whether only a person ends the lock while the holder cannot be seen.
    package init(
        client: ProcessIdentity?, isLocal: Bool, isOverNetwork: Bool, isSeenAlike: Bool, isHeld: Bool, isLeaseless: Bool
    ) {
        if isLocal, isSeenAlike, let client, client.pid > 0 {
            self = .numbers
        } else if isLocal && !isOverNetwork {
            // A waiter can lose only its place in the queue, and a client that lives comes back for it.
            self = isHeld ? .livenessPipe : .time
        } else {
            // Over the network, from a place that cannot be seen, even if it is on this host.
            self = isHeld && isLeaseless ? .nobody : .time
        }
    }
}
