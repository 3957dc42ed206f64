/// What `--version` says and the journal records.
package enum FlomVersion {
    package static let current = "0.1.0"
}
