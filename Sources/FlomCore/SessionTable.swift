package import FlomModel

/// The open requests that may outlive their connections: their holders, and the secrets by which the clients come back.
package struct SessionTable: Sendable {
    package private(set) var holders: [RequestID: Holder] = [:]
    private var secrets: [[UInt8]: RequestID] = [:]

    package init() {}

    // MARK: - Following the engine

    /// What the shell must do after an event.
    package struct FollowUp: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Before the grant is committed, also where no client is told yet. As long as the daemon has the pipe, no other process
        /// has it.
        package static let makeLivenessPipe = Self(rawValue: 1)
        package static let removeLivenessPipe = Self(rawValue: 2)
        package static let closeInquiry = Self(rawValue: 4)
    }

    /// - Parameter hasCommand: whether the request's command runs already and can inherit nothing any more.
    package mutating func follow(_ event: Event, hasCommand: (RequestID) -> Bool) -> FollowUp {
        switch event.kind {
        case .requested(let request):
            // The first request of a group stands for the whole group.
            if request.client.canResume, request.group ?? event.request == event.request {
                keep(Holder(request), of: event.request)
            }
            return []
        case .started(let command):
            holders[event.request]?.command = command
            return []
        case .described:
            holders[event.request]?.isDescribed = true
            return []
        case .resumed: return .closeInquiry
        case .identified(let process):
            holders[event.request]?.client = process
            let isCommand = holders[event.request]?.runsNoCommand == true
            holders[event.request]?.command = isCommand ? process : nil
            holders[event.request]?.isSeenAlike = true
            return []
        case .granted:
            return holders[event.request]?.takesLivenessPipe == true && !hasCommand(event.request) ? .makeLivenessPipe : []
        case .released, .withdrawn, .refused, .reclaimed, .broken:
            forget(event.request)
            return [.removeLivenessPipe, .closeInquiry]
        case .passedOver: return .removeLivenessPipe
        case .queued, .awaitingCreation, .orphaned: return []
        }
    }

    private mutating func keep(_ holder: Holder, of request: RequestID) {
        holders[request] = holder
        if !holder.secretHash.isEmpty { secrets[holder.secretHash] = request }
    }

    private mutating func forget(_ request: RequestID) {
        // The client may have asked for something else with the same secret, which then belongs to the newer request.
        guard let ended = holders.removeValue(forKey: request), secrets[ended.secretHash] == request else { return }
        secrets[ended.secretHash] = nil
    }

    // MARK: - What earlier daemons have left

    /// Recovers a request that was open. Of a group only the first request is recovered.
    ///
    /// - Returns: its holder, whose evidence is to be gathered; nil for a waiter that can never come back for its place.
    package mutating func recover(_ open: OpenRequest, seenFrom view: ProcessView, now: Instant) -> Holder? {
        let holder = Holder(open, seenFrom: view, now: now)
        if case .held = open.phase {} else if !holder.canResume && holder.reboot == nil { return nil }
        keep(holder, of: open.id)
        return holder
    }

    // MARK: - A client comes

    package enum Arrival: Equatable, Sendable {
        case asks
        /// For an open request, over another connection.
        case comesBack(RequestID)
        /// For a request that is not open.
        case comesBackInVain
    }

    /// - Parameters:
    ///   - secret: hash of the session's secret.
    ///   - resumes: whether the client names a lock that it holds.
    ///   - isOpenElsewhere: whether a request is open, and not over this connection. One that has ended in this turn is not
    ///     forgotten yet.
    package func arrival(_ secret: [UInt8], resumes: Bool, isOpenElsewhere: (RequestID) -> Bool) -> Arrival {
        if let known = secrets[secret], isOpenElsewhere(known) {
            precondition(holders[known]?.secretHash == secret, "request \(known.number) is found by a secret that is not its own")
            return .comesBack(known)
        }
        return resumes ? .comesBackInVain : .asks
    }

    package struct Return: Equatable, Sendable {
        /// Whether this daemon's view of the client replaces what an earlier daemon has recorded from another view.
        package var isIdentified: Bool
        /// Whether the client needs a new liveness pipe: it was not told of its grant, so it got none.
        package var makesLivenessPipe: Bool

        package init(isIdentified: Bool, makesLivenessPipe: Bool) {
            self.isIdentified = isIdentified
            self.makesLivenessPipe = makesLivenessPipe
        }
    }

    /// What follows when a client has come back for its request, after the engine was told.
    ///
    /// - Parameters:
    ///   - isHeld: whether the request holds its lock.
    ///   - isHolder: whether its client knows that.
    package func returned(_ request: RequestID, _ client: ClientIdentity, isHeld: Bool, isHolder: Bool) -> Return {
        guard let holder = holders[request], holder.isLocal else { return Return(isIdentified: false, makesLivenessPipe: false) }
        return Return(
            isIdentified: !holder.isSeenAlike || holder.client != client.process,
            makesLivenessPipe: holder.takesLivenessPipe && isHeld && !isHolder)
    }

    /// Whether a lock that this journal does not know is given back: only while the journal may lack its end, and never one that
    /// has ended on record, because another client may have had it since.
    package static func mayReinstate(parts: Int, isShut: Bool, isOnRecord: @autoclosure () -> Bool) -> Bool {
        precondition(parts >= 0, "a lock of \(parts) resources")
        return isShut && parts == 1 && !isOnRecord()
    }

    package enum Parent: Equatable, Sendable {
        case none
        case isHeld(RequestID)
        /// If one of these processes is among the client's living ancestors.
        case isHeldByOneOf(RequestID, [ProcessIdentity])
    }

    /// The grant under whose command the client runs. The client names it, and its holder, flom or command, must be among the
    /// client's ancestors. On another host or in another PID namespace this cannot be checked, and the client is believed.
    package func parent(_ named: RequestID?, of client: ClientIdentity, isHeld: (RequestID) -> Bool) -> Parent {
        guard let named, isHeld(named) else { return .none }
        guard client.isLocal else { return .isHeld(named) }
        // A process on this host is no child of a command on another host.
        guard let holder = holders[named], holder.isLocal else { return .none }
        // A client that is wrongly taken for not nested would wait behind its own lock for ever.
        guard let process = client.process, process.pid > 0, holder.isSeenAlike else { return .isHeld(named) }
        let known = [holder.client, holder.command].compactMap(\.self)
        return known.allSatisfy { $0.pid > 0 } ? .isHeldByOneOf(named, known) : .isHeld(named)
    }

    package func isDescribed(_ request: RequestID) -> Bool { holders[request]?.isDescribed == true }
}
