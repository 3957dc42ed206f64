internal import FlomDaemon
internal import FlomSystem
internal import FlomWire

/// The journal in which a request has its place in the queue.
///
/// A client that comes back may find another daemon at the old address: another host has it now, or somebody has begun the journal
/// anew. What is granted there excludes only those who ask there, and new commands go where the name leads. So the client goes there, too,
/// and asks anew only where a new command would ask.
struct QueueJournal {
    private var id: Substring?
    private var hasLookedElsewhere = false

    enum Verdict {
        case same
        /// Not the one: the name may lead to it.
        case elsewhere
        /// It is the daemon of the endpoint all the same.
        case another
    }

    /// - Parameters:
    ///   - request: of a first answer: `JOURNAL:NUMBER`; nil of a refusal and of 1.7.2.
    ///   - canLookElsewhere: called at most once until the journal is found again.
    mutating func judge(_ request: String?, canLookElsewhere: () -> Bool) -> Verdict {
        guard let request, let colon = request.lastIndex(of: ":") else { return .same }
        let found = request[..<colon]
        if id == nil || found == id {
            (id, hasLookedElsewhere) = (found, false)
            return .same
        }
        if !hasLookedElsewhere && canLookElsewhere() {
            hasLookedElsewhere = true
            return .elsewhere
        }
        (id, hasLookedElsewhere) = (found, false)
        return .another
    }
}

extension LockSession {
    /// Whether this daemon is the one to wait at: false of one with another journal at the address where the other one was, until it is
    /// known where the name leads now.
    func belongs(_ answer: LockAnswer) -> Bool {
        switch queue.judge(answer.details?.request, canLookElsewhere: access.forgetAddress) {
        case .same: return true
        case .elsewhere:
            Trace.step(.client, "the daemon there has another journal: looking for the one that was there")
            return false
        case .another:
            StandardError.say(
                "the daemon on '\(access.endpoint.name)' has another journal now, and knows of no place in its queue: asked anew there"
            )
            return true
        }
    }
}
