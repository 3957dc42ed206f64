/// Judges the machine: its ids, its clocks, its process ids.
package enum MachineJudgement {
    package static func machineID(_ id: String?) -> DoctorFinding {
        guard let id else {
            return DoctorFinding(
                .warning, .machine, "id",
                "there is none: neither /var/lib/dbus/machine-id nor /etc/machine-id has 32 hexadecimal digits, so TLS cannot "
                    + "check the identity of this host, and a journal that moves to another machine is not noticed",
                advice: "systemd-machine-id-setup, or dbus-uuidgen --ensure")
        }
        return DoctorFinding(.ok, .machine, "id", id)
    }

    package static func bootID(_ id: String?) -> DoctorFinding {
        guard let id else {
            return DoctorFinding(
                .problem, .machine, "boot",
                "/proc/sys/kernel/random/boot_id cannot be read, so a daemon proves nothing of processes that an earlier one has seen: "
                    + "their locks end by what their commands have inherited",
                advice: "mount /proc, without subset=pid")
        }
        return DoctorFinding(.ok, .machine, "boot", id)
    }

    /// System calls without which flom works less well: kernels before 5.9 and 5.3, and sandboxes that do not know them.
    ///
    /// - Parameters:
    ///   - pidfd: why there is no `pidfd_open`, in the kernel's words; nil if there is one.
    ///   - hasCloseRange: whether there is `close_range`.
    package static func calls(pidfd: String?, hasCloseRange: Bool) -> DoctorFinding {
        var lacks: [String] = []
        if let pidfd {
            lacks.append(
                "no pidfd_open (\(pidfd)), so the ends of processes that no connection tells of are looked for each 100 ms")
        }
        if !hasCloseRange { lacks.append("no close_range, so descriptors are closed one by one") }
        guard !lacks.isEmpty else { return DoctorFinding(.ok, .machine, "calls", "pidfd_open and close_range can be used") }
        return DoctorFinding(
            .note, .machine, "calls", lacks.joined(separator: "; "),
            advice: "nothing needs to be done; a newer kernel, or a sandbox (seccomp) that lets them through, does it better")
    }

    /// - Parameters:
    ///   - year: the year that the wall clock shows.
    ///   - releaseYear: the year in which this program was built.
    ///   - isSynchronized: the kernel's answer; nil if it may not be asked.
    package static func wallClock(year: Int, releaseYear: Int, isSynchronized: Bool?) -> DoctorFinding {
        if year < releaseYear {
            return DoctorFinding(
                .problem, .clock, "wall", "it shows the year \(year), and this program is of \(releaseYear)",
                advice: "set the clock: histories and time stamps carry what it shows")
        }
        switch isSynchronized {
        case true?: return DoctorFinding(.ok, .clock, "wall", "sane, and synchronised as the kernel says")
        case false?:
            return DoctorFinding(
                .note, .clock, "wall", "sane, but not synchronised as far as the kernel knows",
                advice: "run chrony or systemd-timesyncd where histories of several hosts are compared; no lock depends on it")
        case nil: return DoctorFinding(.ok, .clock, "wall", "sane; whether it is synchronised may not be asked here")
        }
    }

    /// - Parameter offset: nanoseconds by which a time namespace shifts the boot clock for this process.
    package static func bootClock(nanoseconds: Int64, monotonic: Int64, offset: Int64) -> DoctorFinding {
        guard nanoseconds > 0, nanoseconds >= monotonic else {
            return DoctorFinding(
                .problem, .clock, "boot", "CLOCK_BOOTTIME does not run as it should, and all timeouts go by it",
                advice: "look for a sandbox that replaces clocks, and run flom outside of it")
        }
        if offset != 0 {
            return DoctorFinding(
                .warning, .clock, "boot", "a time namespace shifts it by \(offset / 1_000_000_000) s for this process",
                advice: "run the daemon and all its local commands in the same time namespace")
        }
        return DoctorFinding(.ok, .clock, "boot", "CLOCK_BOOTTIME runs, and is the machine's own")
    }

    /// - Parameter count: machine ids that the daemon has met on two machines at the same time; nil if it does not say.
    package static func clones(_ count: Int?) -> DoctorFinding? {
        guard let count, count > 0 else { return nil }
        return DoctorFinding(
            .warning, .machine, "clones",
            "\(count) machine id\(count == 1 ? "" : "s") that the daemon has met on two machines at the same time: reports and "
                + "certificates mean both",
            advice: "give each its own: rm /etc/machine-id; systemd-machine-id-setup (the daemon's log names them, FLM114W)")
    }

    package struct ProcessNumbers: Hashable, Sendable {
        /// Whether `/proc` shows this process under its own number.
        package var isProcRight = true
        /// Whether processes of other users are seen in `/proc`.
        package var seesOthers = true
        /// Whether it is the PID namespace that the machine booted with.
        package var isInitial = true
        /// The kernel's number for the daemon's process: 0 if it has none here; nil without a daemon, or over a network.
        package var daemon: Int32?

        package init() {}
    }

    package static func processes(_ facts: ProcessNumbers) -> DoctorFinding {
        guard facts.isProcRight else {
            return DoctorFinding(
                .problem, .processes, "", "/proc is missing or another namespace's, so nothing can be proven of processes",
                advice: "mount a /proc of this PID namespace")
        }
        if facts.daemon == 0 {
            return DoctorFinding(
                .note, .processes, "",
                "the daemon is in another PID namespace: it tells live commands by the descriptors that they inherit, not by process ids",
                advice: "do not let commands close what they inherit, or run both in one PID namespace")
        }
        if !facts.seesOthers {
            return DoctorFinding(
                .note, .processes, "",
                "/proc hides other users' processes (hidepid), so a daemon cannot watch their commands by it",
                advice: "run a daemon for several users as root")
        }
        return DoctorFinding(
            .ok, .processes, "",
            facts.isInitial
                ? "numbers are the machine's own" : "in a PID namespace of their own, which the daemon shares")
    }
}
