/// The numbers of FLoM's verbs, and from 16 on ours, which only peers that have shown the marker use.
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

/// Requests have step 8; answers count on from there (`LockAnswer.Step` for those on a lock).
enum Step {
    static let request: Int32 = 8
    static let answer: Int32 = 16
}
