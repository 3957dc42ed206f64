package import FlomEngine
package import FlomModel

/// The daemon's state for one connection, apart from the connection itself.
package struct SessionState: Sendable {
    /// Whether the peer has shown the marker, so that it is answered in the extension.
    package var speaksExtension = false
    /// Whether the client confirms offers.
    package var confirmsOffers = false
    /// The name that the connection asked for last; 1.7.2's unlock repeats it.
    package var boundName: ResourceName?
    /// The connection's last request, and the number of its parts.
    package var asked: RequestID?
    package var askedParts = 0
    /// The request whose first answer has been sent; what follows on it are later answers.
    package var answered: RequestID?
    /// Whether pids and start times mean the same on both sides: both sides agree on the client's pid and PID namespace.
    package var sharesProcessNumbers = false
    /// Whether the client's command runs already, and can inherit nothing any more.
    package var hasCommand = false
    /// Whether the holder could outlive a loss of power of this host. Grants to it are answered once the device has them.
    package var isRemote = false

    package init() {}

    /// Notes that an answer about a request is sent to the client.
    ///
    /// - Returns: whether it is the first one about that request.
    @discardableResult
    package mutating func tell(_ answer: Answer) -> Bool {
        switch answer.body {
        case .granted, .queued, .awaitingCreation, .refused:
            defer { answered = answer.request }
            return answered != answer.request
        case .offered, .released, .revoked, .notHeld: return false
        }
    }

    /// What the end of the connection means. A client that was told nothing about its request holds nothing: no command runs.
    ///
    /// - Parameter open: the session's request, if it has one.
    package func ending(of session: SessionID, open: RequestID?) -> Input {
        if let asked, answered != asked, open == asked { return .hungUpUntold(session) }
        return speaksExtension ? .disconnected(session) : .hungUp(session)
    }

    /// The resource that an unlock with this name releases; nil if the session is bound to something else.
    package func nameToUnlock(_ repeated: [UInt8], hasRequest: @autoclosure () -> Bool) -> ResourceName? {
        guard let boundName, Self.isSame(boundName, repeated) || !hasRequest() else { return nil }
        return boundName
    }

    /// Whether two names mean one resource. For a path the root level is enough: that resource is released.
    private static func isSame(_ name: ResourceName, _ bytes: [UInt8]) -> Bool {
        if name.bytes == bytes { return true }
        guard case .hierarchical = name.kind else { return false }
        return (try? ResourceName(bytes))?.identity == name.identity
    }

    package enum Confirmation: Equatable, Sendable {
        /// The client is told whether its lock stands.
        case answer(stands: Bool)
        /// The client takes its offer, or says that it is there.
        case apply(Input)
        /// Nothing of the session is open: the client asks anew over another connection.
        case close
    }

    /// - Parameter holds: whether the session holds what it has asked for.
    package func confirmation(of session: SessionID, open: RequestID?, holds: Bool) -> Confirmation {
        precondition(!holds || open != nil, "session \(session.number) holds a lock and has no request")
        if holds || !confirmsOffers { return .answer(stands: holds) }
        return open == nil ? .close : .apply(.confirmed(session))
    }

    /// The process as the client names it, if both sides see the same pids. Otherwise its pid becomes 0, which proves nothing.
    package func verified(_ process: ProcessIdentity) -> ProcessIdentity {
        sharesProcessNumbers ? process : ProcessIdentity(pid: 0, startTime: 0)
    }
}
