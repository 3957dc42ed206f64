/// The limits of `--check`, each in microseconds; nil if it was not given.
package struct CheckLimits: Hashable, Sendable {
    package var maxWait: Int64?
    package var maxHold: Int64?
    /// The greatest age of the last success of a resource's commands.
    package var notRunSince: Int64?

    package init() {}

    /// Whether none was given.
    package var isEmpty: Bool { maxWait == nil && maxHold == nil && notRunSince == nil }
}
