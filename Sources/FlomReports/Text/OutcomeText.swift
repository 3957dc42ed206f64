package import FlomModel

/// The outcome of a request in few words.
package enum OutcomeText {
    package static func of(_ row: HistoryRow) -> String {
        switch row.outcome {
        case .waiting: return "waiting"
        case .awaitingCreation: return "waiting for creation"
        case .held: return row.isOrphan ? "held by orphan" : "held"
        case .released:
            if let status = row.exitStatus { return status == 0 ? "released" : "released, exit \(status)" }
            if let signal = row.signal { return "released, signal \(signal)" }
            return row.detail.map { "released, \($0)" } ?? "released"
        case .withdrawn, .refused, .reclaimed, .broken:
            return row.detail.map { "\(row.outcome.rawValue), \(SafeText.shown($0))" } ?? row.outcome.rawValue
        case .timedOut: return "timed out"
        }
    }
}
