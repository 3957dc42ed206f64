internal import FlomSettings
internal import FlomSystem

/// The limits on log lines that peers can cause.
struct LogLimits {
    var badPeers = LogLimit(.warning, id: LogID.refusedConnection, subject: "connections that were ended for their messages")
    var badLevels = LogLimit(.warning, id: LogID.protocolLevel, subject: "messages of another protocol level")
    var wrongUnlocks = LogLimit(.warning, id: LogID.wrongUnlock, subject: "unlocks of what was not locked")
    var discoveries = LogLimit(.info, id: LogID.query, subject: "discovery queries")
    var limits = LogLimit(.warning, id: LogID.limit, subject: "connections and requests beyond a limit")
    var refusals = LogLimit(.warning, id: LogID.refusedPerson, subject: "refusals for lack of a right")

    /// Call it once a second.
    mutating func tick(now: Int64 = Clock.boottimeNanoseconds()) {
        badPeers.tick(now: now)
        badLevels.tick(now: now)
        wrongUnlocks.tick(now: now)
        discoveries.tick(now: now)
        limits.tick(now: now)
        refusals.tick(now: now)
    }
}
