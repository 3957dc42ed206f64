internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Checks the machine's ids, its clocks, and whether process numbers mean the same to all.
enum MachineCheck {
    static func look() -> [DoctorFinding] {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        // Monotonic first: time passes between the two calls.
        let monotonic = Clock.monotonicNanoseconds()
        return [
            MachineJudgement.machineID(Host.machineID()),
            MachineJudgement.bootID(Host.bootID()),
            MachineJudgement.calls(pidfd: Processes.pidfdFailure(), hasCloseRange: Descriptor.hasCloseRange),
            MachineJudgement.wallClock(
                year: Int(parts.tm_year) + 1900, releaseYear: FlomVersion.year, isSynchronized: Clock.isSynchronized()),
            MachineJudgement.bootClock(
                nanoseconds: Clock.boottimeNanoseconds(), monotonic: monotonic, offset: Host.boottimeOffset() ?? 0),
        ]
    }

    static func processes(_ daemon: DaemonInquiry) -> [DoctorFinding] {
        var facts = MachineJudgement.ProcessNumbers()
        facts.isProcRight = link("/proc/self") == "\(getpid())"
        facts.seesOthers = Processes.startTime(of: 1) != nil
        facts.isInitial = link("/proc/self/ns/pid") == initialNamespace
        facts.daemon = daemon.peerProcess
        return [MachineJudgement.processes(facts), MachineJudgement.clones(daemon.clonedMachines)].compactMap(\.self)
    }

    /// Checks the control group of a daemon on this host that a command has started.
    static func controlGroup(_ daemon: DaemonInquiry, of endpoint: Endpoint) -> [DoctorFinding] {
        guard let pid = daemon.peerProcess, pid > 0, let line = Files.contents(of: "/proc/\(pid)/cmdline"),
            !line.split(separator: 0).contains(where: { $0.elementsEqual("--foreground".utf8) })
        else { return [] }
        let groups = ControlGroups.memberships(of: "\(pid)").map(\.path)
        return [ControlGroupJudgement.of(daemon: pid, in: groups, place: endpoint.name)].compactMap(\.self)
    }

    /// The initial PID namespace; the number is fixed in the kernel's sources (PROC_PID_INIT_INO).
    private static let initialNamespace = "pid:[4026531836]"

    private static func link(_ path: String) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }
}
