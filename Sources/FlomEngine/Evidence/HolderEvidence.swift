package import FlomModel

/// What may end a request whose session is gone, and what is known of it. A function of facts; `HolderInquiry` gathers them.
///
/// A grant ends without its client's word only when client *and* command are proven gone. Time proves nothing on the daemon's host,
/// and numbers prove nothing where they were noted in another view.
package struct HolderEvidence: Hashable, Sendable {
    /// By what the request can be followed.
    package enum Means: Hashable, Sendable {
        /// Processes of this host, by pid and start time.
        case numbers
        /// Processes of this host that cannot be told from here: only what the command has inherited says whether anybody lives.
        case witness
        /// Nobody can be seen; whoever does not come back in time is given up.
        case time
        /// A person, or the client itself.
        case nobody
    }

    package enum Sight: Hashable, Sendable {
        case unknown
        /// Nothing proves that it has ended.
        case mayLive
        case gone
    }

    /// The search for a command of which its client could not tell any more.
    package enum Search: Hashable, Sendable {
        case due
        /// Nobody carries the request's name.
        case foundNobody
        /// The same, but somebody could not be looked at.
        case foundNobodyReadable
    }

    package enum Witness: Hashable, Sendable {
        /// None was made, or it has disappeared: it proves nothing.
        case none
        case alive
        case ended
    }

    package enum Verdict: Hashable, Sendable {
        case stands
        /// Its client is gone, and something of its command may live.
        case orphaned
        /// The command has to be looked for first.
        case search
        case processesEnded
        case witnessEnded
        case hostRebooted
    }

    package var means = Means.nobody
    package var isHeld = false
    package var client = Sight.unknown
    /// Unknown if its client never told of one.
    package var command = Sight.unknown
    package var search = Search.due
    package var witness = Witness.none
    /// See `BootEvidence`.
    package var hasRebooted = false

    package init(_ means: Means, isHeld: Bool) {
        self.means = means
        self.isHeld = isHeld
    }

    package var verdict: Verdict {
        if hasRebooted && witness != .alive { return .hostRebooted }
        switch means {
        case .time, .nobody: return .stands
        case .witness: return witness == .ended ? .witnessEnded : .stands
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
        switch (search, witness) {
        case (.due, _): return .search
        // Somebody has what the command inherited, whoever that is.
        case (_, .alive): return .orphaned
        case (_, .ended): return .witnessEnded
        case (.foundNobody, .none): return .processesEnded
        case (.foundNobodyReadable, .none): return .orphaned
        }
    }
}

extension HolderEvidence.Means {
    /// - Parameters:
    ///   - client: its process as it was identified; nil or pid 0 if it could not be seen.
    ///   - isSeenAlike: whether that was done in this daemon's own view.
    ///   - isLeaseless: nothing but a person ends its lock while it cannot be seen.
    package init(
        client: ProcessIdentity?, isLocal: Bool, isOverNetwork: Bool, isSeenAlike: Bool, isHeld: Bool, isLeaseless: Bool
    ) {
        if isLocal, isSeenAlike, let client, client.pid > 0 {
            self = .numbers
        } else if isLocal && !isOverNetwork {
            // A place in the queue is all that a waiter can lose, and one who lives comes back for it.
            self = isHeld ? .witness : .time
        } else {
            // Over the network from a place that cannot be seen, be it on this host.
            self = isHeld && isLeaseless ? .nobody : .time
        }
    }
}
