internal import FlomModel

/// Which boots of which machines are heard. Two that live at once show that a machine's id has been copied with its disk: names in
/// reports, certificates and journals then mean two machines.
///
/// Nothing is decided by it. A machine that shows another boot has usually been booted, and then the earlier one is heard no more.
struct MachineBoots {
    private struct Boot {
        let firstHeard: Int64
        var lastHeard: Int64
        var sessions: Set<SessionID> = []
    }

    private var machines: [String: [String: Boot]] = [:]
    private var places: [SessionID: (machine: String, boot: String)] = [:]
    /// Machine ids of which two boots have been found alive.
    private(set) var cloned: Set<String> = []

    /// Bounds what strangers can make a daemon remember.
    static let mostMachines = 4096
    /// Boots of one machine; more are not needed to see that there are two.
    private static let mostBoots = 8
    private static let nanosecondsRemembered: Int64 = 3_600_000_000_000

    /// A session's client has said where it is.
    ///
    /// - Parameter now: on the boot clock, in nanoseconds.
    /// - Returns: whether this is the first sign that the machine's id is somebody else's as well.
    mutating func heard(machine: String, boot: String, _ session: SessionID, now: Int64) -> Bool {
        guard !machine.isEmpty, !boot.isEmpty else { return false }
        var boots = machines[machine] ?? [:]
        guard boots[boot] != nil || boots.count < Self.mostBoots, !boots.isEmpty || machines.count < Self.mostMachines else {
            return false
        }
        var heard = boots[boot] ?? Boot(firstHeard: now, lastHeard: now)
        heard.lastHeard = now
        heard.sessions.insert(session)
        boots[boot] = heard
        machines[machine] = boots
        places[session] = (machine, boot)
        // It was there before another one came, and it is there after it.
        let hasOutlived = boots.contains { $0.key != boot && $0.value.firstHeard > heard.firstHeard && $0.value.lastHeard < now }
        return hasOutlived && note(machine)
    }

    mutating func left(_ session: SessionID) {
        guard let place = places.removeValue(forKey: session) else { return }
        machines[place.machine]?[place.boot]?.sessions.remove(session)
    }

    /// Sessions of a boot of which a newer one has been heard since; if their machines answer after that, both live.
    var suspects: [(machine: String, session: SessionID, since: Int64)] {
        var found: [(machine: String, session: SessionID, since: Int64)] = []
        for (machine, boots) in machines where boots.count > 1 && !cloned.contains(machine) {
            for boot in boots.values {
                guard let newer = boots.values.map(\.firstHeard).filter({ $0 > boot.firstHeard }).min() else { continue }
                found += boot.sessions.map { (machine, $0, newer) }
            }
        }
        return found
    }

    /// - Returns: whether that is news.
    mutating func note(_ machine: String) -> Bool { cloned.insert(machine).inserted }

    mutating func tidy(now: Int64) {
        for (machine, boots) in machines {
            let kept = boots.filter { !$0.value.sessions.isEmpty || now - $0.value.lastHeard < Self.nanosecondsRemembered }
            if kept.count != boots.count { machines[machine] = kept.isEmpty ? nil : kept }
        }
    }
}
