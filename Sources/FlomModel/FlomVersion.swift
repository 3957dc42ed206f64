/// The version that `--version` shows and the journal records.
package enum FlomVersion {
    package static let current = "0.1.0"
    /// The year of the release. A clock that shows an earlier one is wrong.
    package static let year = 2026
}
