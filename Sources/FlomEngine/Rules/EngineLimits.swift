/// What bounds the engine's memory, whoever asks for whatever.
package struct EngineLimits: Hashable, Sendable {
    /// Of one resource. A waiter costs less than 1 kB here, and its connection several.
    package var waitersPerResource = 20_000
    /// That exist at the same time, also those of which nobody holds anything and whose life has not ended.
    package var resources = 100_000

    package init() {}
}
