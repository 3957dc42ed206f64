/// Why flom ends without its command's status, or in place of it.
package struct Failure: Error {
    package let status: ExitStatus
    /// A sentence with the event, the object and the remedy; without the final number.
    package let sentence: String
    /// The number that 1.7.2 uses for it, so that users can search for it.
    package let code: Int32?
    /// A line that users of 1.7.2 know, printed verbatim after the sentence.
    package var lineOfOldVersion: String?
    /// Whether the daemon or journal is absent, which may change in a moment.
    package var isAbsence = false
    /// Whether the journal cannot be read as it is now.
    package var isDamage = false
    /// Whether it is known that no daemon listens.
    package var isNobody = false
    /// Whether a process has the daemon's place and does not answer.
    package var isSilence = false

    package init(_ status: ExitStatus, _ sentence: String, code: Int32? = nil) {
        self.status = status
        self.sentence = sentence
        self.code = code
        isAbsence = code == ReturnNumber.connect || code == ReturnNumber.receive
    }
}

/// The statuses of 1.7.2 itself; every other one is the command's.
package enum ExitStatus: Int32 {
    case success = 0
    /// The resource does not exist, must not be created, and the request does not wait.
    case cannotWait = 96
    /// There is no command, or it cannot be executed.
    case cannotExecute = 97
    /// Others hold the resource, and the request does not wait, or has waited long enough.
    case busy = 98
    case failure = 99
}

/// The return codes of 1.7.2 that appear at the end of messages.
package enum ReturnNumber {
    package static let daemonNotStarted: Int32 = -2
    package static let invalidOption: Int32 = -5
    package static let tooLong: Int32 = -9
    package static let protocolError: Int32 = -13
    package static let invalidResourceName: Int32 = -14
    package static let connect: Int32 = -105
    package static let openDirectory: Int32 = -121
    package static let realpath: Int32 = -125
    package static let receive: Int32 = -126
}
