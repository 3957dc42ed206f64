/// Why flom ends without, or instead of, its command's status.
struct Failure: Error {
    let status: ExitStatus
    /// What happened, to what, what to do; without the final number.
    let sentence: String
    /// The number that 1.7.2 uses for it, for those who search for it.
    let code: Int32?
    /// A line that users of 1.7.2 know, printed as it is after the sentence.
    var lineOfOldVersion: String?
    /// Whether nobody is there, or has just gone: in a moment it may be otherwise.
    var isAbsence = false
    /// The journal cannot be read as it is now.
    var isDamage = false
    /// Whether it is known that nobody listens.
    var isNobody = false
    /// Whether somebody is there who does not answer.
    var isSilence = false

    init(_ status: ExitStatus, _ sentence: String, code: Int32? = nil) {
        self.status = status
        self.sentence = sentence
        self.code = code
        isAbsence = code == ReturnNumber.connect || code == ReturnNumber.receive
    }
}

/// 1.7.2's own statuses; every other one is the command's.
enum ExitStatus: Int32 {
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
enum ReturnNumber {
    static let daemonNotStarted: Int32 = -2
    static let invalidOption: Int32 = -5
    static let tooLong: Int32 = -9
    static let protocolError: Int32 = -13
    static let invalidResourceName: Int32 = -14
    static let connect: Int32 = -105
    static let realpath: Int32 = -125
    static let receive: Int32 = -126
}
