package import FlomModel

/// The state of a request in few words.
package enum StateText {
    /// - Parameter now: microseconds since 1970-01-01 UTC.
    package static func of(_ row: HistoryRow, place: Int?, now: Int64) -> String {
        var text: String
        if row.outcome == .waiting {
            text = place.map { "waits, place \($0)" } ?? "waits"
        } else {
            text = OutcomeText.of(row)
        }
        if row.isAway { text += row.keptUntil.map { ", away, kept until \(TimeText.recent($0, now: now))" } ?? ", away" }
        return text
    }
}
