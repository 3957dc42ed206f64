/// How long a resource exists after its last holder and waiter have gone: for `-e no`, which asks for existing ones only.
///
/// Measured with 1.7.2: the idle lifespan of the request that created it (one second if that is 0), and a second more.
enum ResourceLife {
    static let defaultIdleMilliseconds: Int64 = 1000
    static let lastSecondMilliseconds: Int64 = 1000

    static func milliseconds(idleLifespan: Int32) -> Int64 {
        (idleLifespan > 0 ? Int64(idleLifespan) : defaultIdleMilliseconds) + lastSecondMilliseconds
    }
}
