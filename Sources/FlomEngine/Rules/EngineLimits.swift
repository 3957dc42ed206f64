/// What bounds the engine's memory, whatever clients ask for.
package struct EngineLimits: Hashable, Sendable {
    /// The most waiters of one resource. A waiter costs less than 1 kB here, and its connection several.
    package var waitersPerResource = 20_000
    /// The most resources that exist at the same time, idle ones whose lifespan is not over included.
    package var resources = 100_000

    package init() {}
}
