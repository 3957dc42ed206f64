/// The numbers of FLoM's verbs. Those from 16 on are the extension's, used only by peers that have shown the marker.
enum Verb: Int32 {
    case lock = 1
    case unlock = 2
    case discover = 4
    case manage = 5
    case describe = 16
    case started = 17
    case expired = 18
    case query = 19
    case parts = 20
    case closing = 21
    case confirm = 22
    case revoked = 23
    case breakLock = 24
    case prune = 25
}

/// The steps of a dialogue: requests have step 8, answers higher ones (those to a lock: `LockAnswer.Step`).
enum Step {
    static let request: Int32 = 8
    static let answer: Int32 = 16
}
