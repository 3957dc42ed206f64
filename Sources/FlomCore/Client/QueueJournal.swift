/// The journal in which a request has its place in the queue.
///
/// A client that comes back may find another daemon at the old address: another host has it now, or a person has begun the journal
/// anew. What is granted there excludes only those who ask there, and new commands go where the name leads. So the client goes there, too,
/// and asks anew only where a new command would ask.
package struct QueueJournal: Sendable {
    private var id: Substring?
    private var hasLookedElsewhere = false

    package init() {}

    package enum Verdict: Hashable, Sendable {
        case same
        /// Not the one: the name may lead to it.
        case elsewhere
        /// It is the daemon of the endpoint all the same.
        case another
    }

    /// - Parameters:
    ///   - request: of a first answer: `JOURNAL:NUMBER`; nil of a refusal and of 1.7.2.
    ///   - canLookElsewhere: called at most once until the journal is found again.
    package mutating func judge(_ request: String?, canLookElsewhere: () -> Bool) -> Verdict {
        guard let request, let colon = request.lastIndex(of: ":") else { return .same }
        let found = request[..<colon]
        precondition(id != nil || !hasLookedElsewhere, "a journal was looked for elsewhere, and none was known")
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
