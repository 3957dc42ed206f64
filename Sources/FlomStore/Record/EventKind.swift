internal import FlomModel

/// The words of column `event.kind`. They are public and never change.
enum EventKind: String, CaseIterable {
    case requested
    case queued
    case awaitingCreation = "awaiting_creation"
    case granted
    case passedOver = "passed_over"
    case described
    case started
    case released
    case withdrawn
    case timedOut = "timed_out"
    case refused
    case orphaned
    case resumed
    case identified
    case reclaimed
    case broken
    case daemonStarted = "daemon_started"
    case daemonStopped = "daemon_stopped"
    case journalGap = "journal_gap"
    case pruned

    init(_ entry: JournalEntry) {
        self =
            switch entry {
            case .request(let event): Self(event.kind)
            case .daemonStarted: .daemonStarted
            case .daemonStopped: .daemonStopped
            case .gap: .journalGap
            case .pruned: .pruned
            }
    }

    var utf8: [UInt8] { Array(rawValue.utf8) }

    private init(_ kind: Event.Kind) {
        self =
            switch kind {
            case .requested: .requested
            case .queued: .queued
            case .awaitingCreation: .awaitingCreation
            case .granted: .granted
            case .passedOver: .passedOver
            case .described: .described
            case .started: .started
            case .released: .released
            case .withdrawn(.timedOut): .timedOut
            case .withdrawn: .withdrawn
            case .refused: .refused
            case .orphaned: .orphaned
            case .resumed: .resumed
            case .identified: .identified
            case .reclaimed: .reclaimed
            case .broken: .broken
            }
    }
}
