package import FlomNetCore

/// What a client has others do for it: to start the endpoint's daemon, and to look at what that leaves on this host.
package protocol DaemonHost {
    /// Starts the endpoint's daemon.
    ///
    /// - Parameter isNewRequest: false for a client whose daemon was lost: against a person's wish it starts none.
    func start(isNewRequest: Bool) throws(StartError) -> StartOutcome

    /// Whether a daemon of the endpoint runs on this host, though it may not listen.
    var isDaemonRunning: Bool { get }

    /// Where a daemon that runs on this host can be reached, as it has put on record; empty where the endpoint leads.
    var recordedAddresses: [InternetAddress] { get }
}

package enum StartOutcome: Sendable {
    /// The daemon listens. The warning is a sentence for its user.
    case started(warning: String?)
    /// Another process starts it, or it runs and does not listen for a moment.
    case inOtherHands
}

/// Why no daemon could be started.
package struct StartError: Error {
    package let sentence: String
    /// Whether it was killed before it could say anything.
    package let wasKilled: Bool
    /// The number that 1.7.2 has for it, if it is a special one.
    package let number: Int32?

    package init(_ sentence: String, wasKilled: Bool = false, number: Int32? = nil) {
        self.sentence = sentence
        self.wasKilled = wasKilled
        self.number = number
    }
}
