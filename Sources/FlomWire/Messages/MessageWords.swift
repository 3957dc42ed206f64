/// The kind of a message in one word, for traces. Nothing of its content.
extension ClientMessage {
    package var word: String {
        switch self {
        case .lock: "lock"
        case .unlock: "unlock"
        case .discover: "discover"
        case .shutdown: "shutdown"
        case .describe: "describe"
        case .started: "started"
        case .expired: "expired"
        case .parts: "parts"
        case .confirm: "confirm"
        case .breakLock: "break"
        case .prune: "prune"
        case .query: "query"
        }
    }
}

extension ServerMessage {
    package var word: String {
        switch self {
        case .answer: "answer to lock"
        case .tellParts: "question for parts"
        case .unlocked: "answer to unlock"
        case .closing: "closing"
        case .confirmed: "answer to confirm"
        case .offered: "offer"
        case .revoked: "revoked"
        case .breakAnswer: "answer to break"
        case .pruneAnswer: "answer to prune"
        case .shutdownAnswer: "answer to shutdown"
        case .page: "page"
        case .queryRefused: "refusal of query"
        case .location: "location"
        }
    }
}
