/// Where a request stands, or how it ended: the words of column `request.outcome`. They are public and never change.
package enum RequestOutcome: String, CaseIterable, Hashable, Sendable {
    case waiting
    case awaitingCreation = "awaiting_creation"
    case held
    case released
    case withdrawn
    case timedOut = "timed_out"
    case refused
    case reclaimed
}
