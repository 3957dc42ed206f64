internal import Foundation

/// A line of `--doctor --format json`.
package struct DoctorFinding: Decodable, Sendable {
    package let level: String
    package let check: String
    package let place: String?
    package let found: String
    package let advice: String?

    /// Each line is an object with these keys, or this throws.
    package static func all(in outcome: Outcome) throws -> [DoctorFinding] {
        let decoder = JSONDecoder()
        return try outcome.output.split(separator: "\n").map { try decoder.decode(DoctorFinding.self, from: Data($0.utf8)) }
    }
}
