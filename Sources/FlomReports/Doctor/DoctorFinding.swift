internal import FlomModel

/// A result of one check of `flom --doctor`.
package struct DoctorFinding: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case ok
        /// Nothing is wrong, but it may matter in the search for a fault.
        case note
        /// It works, but with a restriction or a risk.
        case warning
        /// Something does not work, or a promise does not hold.
        case problem
    }

    /// The check's name for programs.
    package enum Check: String, CaseIterable, Sendable {
        case configuration
        case endpoint
        case socket
        case daemon
        case start
        case machine
        case clock
        case processes
        case journal
        case limits
        case address
        case multicast
        case tls
    }

    package let level: Level
    package let check: Check
    /// The object of the check: a path, an address, an interface; empty where there is only one.
    package let place: String
    package let found: String
    /// What to do; nil if there is nothing to do.
    package let advice: String?

    package init(_ level: Level, _ check: Check, _ place: String, _ found: String, advice: String? = nil) {
        self.level = level
        self.check = check
        self.place = place
        self.found = found
        self.advice = advice
    }

    /// `warning  socket /run/s: every user may … -> chmod …`
    package var line: String {
        let word = level.rawValue + String(repeating: " ", count: Self.widest - level.rawValue.count)
        let subject = place.isEmpty ? check.rawValue : "\(check.rawValue) \(place)"
        return SafeText.shown("\(word)  \(subject): \(found)" + (advice.map { " -> \($0)" } ?? ""))
    }

    private static let widest = 7

    /// One JSON object on one line.
    package var json: String {
        var json = JSONWriter()
        json.beginObject()
        json.field("level", level.rawValue)
        json.field("check", check.rawValue)
        if !place.isEmpty { json.field("place", place) }
        json.field("found", found)
        if let advice { json.field("advice", advice) }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
