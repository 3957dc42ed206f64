internal import FlomSystem

/// Judges the control group of a daemon that a command has started: whatever ends the group ends the daemon.
package enum ControlGroupJudgement {
    /// - Parameters:
    ///   - daemon: the daemon's process id.
    ///   - groups: its control groups, from the roots of their hierarchies.
    ///   - place: the endpoint.
    /// - Returns: nil if the group ends nothing.
    package static func of(daemon: Int32, in groups: [String], place: String) -> DoctorFinding? {
        guard let group = groups.filter(isSomebodyElses).max(by: { rank($0) < rank($1) }) else { return nil }
        return DoctorFinding(
            rank(group) > 0 ? .warning : .note, .daemon, place,
            "process \(daemon) lives in the control group '\(group)' of the command that started it, which it may not leave, and ends "
                + "or freezes with it; running and waiting commands then start the next one",
            advice:
                "let a service run it: see docs/service.md (flom.socket, or flom --foreground in a unit of your own), and give "
                + "commands -d 0")
    }

    private static func isSomebodyElses(_ path: String) -> Bool {
        path != "/" && Files.name(of: path) != ControlGroups.ownGroup
    }

    /// How dangerous a control group is for a daemon that is to outlive its starter. 1: it belongs to a unit, which ends all processes in it
    /// when its job ends. 0: it is a login session's, which ends nothing by default, or one that no daemon can leave, such as a container's.
    private static func rank(_ path: String) -> Int {
        let unit = path.split(separator: "/").last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }
        guard let unit, !unit.hasPrefix("session-"), unit != "init.scope" else { return 0 }
        return 1
    }
}
