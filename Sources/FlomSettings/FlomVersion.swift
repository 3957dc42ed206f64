/// What `--version` says and the journal records.
package enum FlomVersion {
    package static let current = "0.1.0"
    /// In which it was made: no clock that is right shows less.
    package static let year = 2026
}
