/// Why flom ends without, or instead of, its command's status.
package struct Failure: Error {
    package let status: ExitStatus
    /// What happened, to what, what to do; without the final number.
    package let sentence: String
    /// The number that 1.7.2 uses for it, for those who search for it.
    package let code: Int32?
    /// A line that users of 1.7.2 know, printed as it is after the sentence.
    package var lineOfOldVersion: String?
    /// Whether nobody is there, or has just gone: in a moment it may be otherwise.
    package var isAbsence = false
    /// The journal cannot be read as it is now.
    package var isDamage = false
    /// Whether it is known that nobody listens.
    package var isNobody = false
    /// Whether somebody is there who does not answer.
    package var isSilence = false

    package init(_ status: ExitStatus, _ sentence: String, code: Int32? = nil) {
        self.status = status
        self.sentence = sentence
        self.code = code
        isAbsence = code == ReturnNumber.connect || code == ReturnNumber.receive
    }
}

/// 1.7.2's own statuses; every other one is the command's.
package enum ExitStatus: Int32 {
    case success = 0
    /// The resource does not exist, must not be created, and the request does not wait.
    case cannotWait = 96
    /// No command, or one that cannot be executed.
    case cannotExecute = 97
    /// Held by others: not waited for, or not long enough.
    case busy = 98
    case failure = 99
}

/// 1.7.2's return codes, as far as messages end with them.
package enum ReturnNumber {
    package static let daemonNotStarted: Int32 = -2
    package static let invalidOption: Int32 = -5
    package static let tooLong: Int32 = -9
    package static let protocolError: Int32 = -13
    package static let invalidResourceName: Int32 = -14
    package static let connect: Int32 = -105
    package static let realpath: Int32 = -125
    package static let receive: Int32 = -126
}
