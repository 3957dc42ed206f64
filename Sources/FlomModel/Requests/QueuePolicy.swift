/// How long newcomers may overtake waiters that they conflict with.
///
/// 1.7.2 tests a newcomer against holders only, so readers can starve a writer for ever. Users rely on readers not waiting behind a
/// writer that has just queued, so overtaking stays allowed until the overtaken waiter has waited long enough. From then on it
/// *blocks* its resource: no younger request that conflicts with it is granted.
package struct QueuePolicy: Hashable, Sendable {
    /// Ten seconds: longer than commands that share usually take, shorter than the patience of those that wait for them.
    package static let defaultMaxOvertakeMilliseconds: Int64 = 10_000

    /// The age from which a waiter blocks. 0 is strict first come, first served; `Int64.max` means never, as in 1.7.2.
    package let maxOvertakeMilliseconds: Int64

    package static let fifo = QueuePolicy(maxOvertakeMilliseconds: 0)
    package static let overtake = QueuePolicy(maxOvertakeMilliseconds: .max)
    package static let bounded = QueuePolicy(maxOvertakeMilliseconds: defaultMaxOvertakeMilliseconds)

    package init(maxOvertakeMilliseconds: Int64) { self.maxOvertakeMilliseconds = maxOvertakeMilliseconds }

    package func blocks(waitingSince start: Instant, at now: Instant) -> Bool {
        now.milliseconds(since: start) >= maxOvertakeMilliseconds
    }
}
