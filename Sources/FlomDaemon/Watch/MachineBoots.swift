internal import FlomModel

/// The boots of machines that clients have shown. Two boots that live at once show that a machine id was copied with its disk, so
/// that names in reports, certificates and journals stand for two machines.
///
/// No lock depends on this. A machine that shows another boot has usually been rebooted, and then the earlier boot is not heard
/// again.
struct MachineBoots {
    private struct Boot {
        let firstHeard: Int64
        var lastHeard: Int64
        var sessions: Set<SessionID> = []
    }

    private var machines: [String: [String: Boot]] = [:]
    private var places: [SessionID: (machine: String, boot: String)] = [:]
    /// Machine ids of which two boots were found alive.
    private(set) var cloned: Set<String> = []

    /// The most machines that are remembered: strangers must not fill the daemon's memory.
    static let mostMachines = 4096
    /// The most boots of one machine; more are not needed to see that there are two.
    private static let mostBoots = 8
    private static let nanosecondsRemembered: Int64 = 3_600_000_000_000

    /// Records where a session's client says that it runs.
    ///
    /// - Parameter now: on the boot clock, in nanoseconds.
    /// - Returns: whether this is the first sign of another machine with the same id.
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
        // This boot was heard before the other one came, and after it.
        let hasOutlived = boots.contains { $0.key != boot && $0.value.firstHeard > heard.firstHeard && $0.value.lastHeard < now }
        return hasOutlived && note(machine)
    }

    mutating func left(_ session: SessionID) {
        guard let place = places.removeValue(forKey: session) else { return }
        machines[place.machine]?[place.boot]?.sessions.remove(session)
    }

    /// Sessions of boots whose machine has shown a newer boot since. If their machines answer after that, both live.
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

    /// Records that two machines share an id.
    ///
    /// - Returns: whether that is news.
    mutating func note(_ machine: String) -> Bool { cloned.insert(machine).inserted }

    /// Forgets boots without sessions that were not heard for an hour.
    mutating func tidy(now: Int64) {
        for (machine, boots) in machines {
            let kept = boots.filter { !$0.value.sessions.isEmpty || now - $0.value.lastHeard < Self.nanosecondsRemembered }
            if kept.count != boots.count { machines[machine] = kept.isEmpty ? nil : kept }
        }
    }
}
