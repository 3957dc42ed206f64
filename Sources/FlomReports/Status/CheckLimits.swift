/// What `--check` complains about, each in microseconds; nil: not asked for.
package struct CheckLimits: Hashable, Sendable {
    package var maxWait: Int64?
    package var maxHold: Int64?
    /// How old the last success of a resource's commands may be.
    package var notRunSince: Int64?

    package init() {}
}
