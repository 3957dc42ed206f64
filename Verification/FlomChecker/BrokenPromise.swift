/// A promise that the history breaks.
package struct BrokenPromise: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Promise: String, CaseIterable, Hashable, Sendable {
        case exclusion = "no two incompatible grants or commands overlap"
        case capacity = "never more is granted than there is"
        case element = "a grant carries an element of its own, the one that has rested longest"
        case token = "fencing tokens grow for ever"
        case number = "request numbers grow for ever"
        case sequence =
            "numbers of a sequence come once and in order; only rolled back ones come again, in the order of their return"
        case stamp = "no time stamp is given twice"
        case overtaking = "nobody passes one who has waited long enough to bar"
        case order = "among equals, first come first served"
        case progress = "nobody waits who could go on"
        case commitFirst = "a grant is committed before its command starts"
        case once = "every request is decided and ends exactly once"
        case ending = "a request ends only by its client's word or on evidence"
        case refusal = "a request is refused only for a reason that is true"
        case atomicity = "a group is granted whole or not at all"
        case deadlock = "who can never be granted is told so"
        case power = "what was answered at the power level survives a loss of power"
        case shut = "a journal that has lost its end grants nothing before holders had time to come back"
        case gap = "what was written late is followed by a word of that"
        case patience = "a waiter gives its place up only when its daemon is gone for good, or for as long as places are kept"
        /// The history itself is malformed; the product is not to blame.
        case history = "the history makes sense"
    }

    package let promise: Promise
    package let what: String
    /// The number of the record that showed it, from 1.
    package var record = 0
    package var at: Int64 = 0

    init(_ promise: Promise, _ what: String) {
        self.promise = promise
        self.what = what
    }

    package var description: String { "broken at \(at) ns, record \(record): \(promise.rawValue). \(what)" }
}
