package import FlomEngine
package import FlomModel

/// What the daemon knows of one connection, apart from the connection itself.
package struct SessionState: Sendable {
    /// Whether the peer has shown the marker: it speaks our extension, and is answered in it.
    package var speaksExtension = false
    /// Whether it confirms what it is offered.
    package var confirmsOffers = false
    /// The name that the connection asked for last; 1.7.2's unlock repeats it.
    package var boundName: ResourceName?
    /// Its last request, and how many parts that has.
    package var asked: RequestID?
    package var askedParts = 0
    /// The request whose first answer has been sent; what follows on it are later answers.
    package var answered: RequestID?
    /// Whether pids and start times mean the same on both sides: the client calls itself what our kernel calls it, in the same namespace.
    package var sharesProcessNumbers = false
    /// Whether its command runs already, which cannot inherit anything any more.
    package var hasCommand = false
    /// Whether its holder could outlive a power loss of this host: then grants to it are answered from the device.
    package var isRemote = false

    package init() {}

    /// An answer about one of its requests is on its way to the client.
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

    /// What the end of the connection means. Whoever has not been told anything of its request holds nothing: no command runs.
    ///
    /// - Parameter open: the session's request, if it has one.
    package func ending(of session: SessionID, open: RequestID?) -> Input {
        if let asked, answered != asked, open == asked { return .hungUpUntold(session) }
        return speaksExtension ? .disconnected(session) : .hungUp(session)
    }

    /// What an unlock that repeats a name lets go of; nil if the session is bound to something else.
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
        /// It takes what it is offered, or says that it is there.
        case apply(Input)
        /// Nothing of it is open: it asks anew over another connection.
        case close
    }

    /// - Parameter holds: whether the session holds what it has asked for.
    package func confirmation(of session: SessionID, open: RequestID?, holds: Bool) -> Confirmation {
        if holds || !confirmsOffers { return .answer(stands: holds) }
        return open == nil ? .close : .apply(.confirmed(session))
    }

    /// A command's pid is the client's word, and means something only if both see the same pids. Otherwise it is kept as pid 0, which
    /// proves nothing.
    package func verified(_ process: ProcessIdentity) -> ProcessIdentity {
        sharesProcessNumbers ? process : ProcessIdentity(pid: 0, startTime: 0)
    }
}
