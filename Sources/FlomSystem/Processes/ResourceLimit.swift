internal import Glibc

/// The kernel's limits for a process and its children (`ulimit`).
package enum ResourceLimit: CaseIterable, Sendable {
    case openFiles
    /// The size of a file in bytes. The limits of memory are in bytes too.
    case fileSize
    /// Processor time in seconds.
    case processorTime
    case addressSpace
    case data
    case stack
    /// Processes of the user, threads included.
    case processes
    /// Microseconds without sleeping, under a real-time policy.
    case realTime

    private var kind: __rlimit_resource_t {
        let resource =
            switch self {
            case .openFiles: RLIMIT_NOFILE
            case .fileSize: RLIMIT_FSIZE
            case .processorTime: RLIMIT_CPU
            case .addressSpace: RLIMIT_AS
            case .data: RLIMIT_DATA
            case .stack: RLIMIT_STACK
            case .processes: __RLIMIT_NPROC
            case .realTime: __RLIMIT_RTTIME
            }
        return __rlimit_resource_t(resource.rawValue)
    }

    /// The present limit, and the limit up to which the process may raise it; nil for no limit.
    package var values: (now: UInt64?, most: UInt64?) {
        var found = rlimit()
        guard getrlimit(kind, &found) == 0 else { return (nil, nil) }
        return (Self.number(found.rlim_cur), Self.number(found.rlim_max))
    }

    private static func number(_ value: rlim_t) -> UInt64? { value == rlim_t.max ? nil : UInt64(value) }

    /// Raises the limit as far as this process may. Never lowers it.
    ///
    /// - Parameters:
    ///   - wanted: the wanted limit; nil for none.
    ///   - beyondMost: whether to exceed what an ordinary process may, which takes CAP_SYS_RESOURCE.
    package func raise(to wanted: UInt64?, beyondMost: Bool) {
        var found = rlimit()
        guard getrlimit(kind, &found) == 0 else { return }
        let wanted = wanted.map { rlim_t($0) } ?? rlim_t.max
        if beyondMost, found.rlim_max < wanted {
            var wider = rlimit(rlim_cur: wanted, rlim_max: wanted)
            if setrlimit(kind, &wider) == 0 { return }
        }
        guard found.rlim_cur < min(wanted, found.rlim_max) else { return }
        found.rlim_cur = min(wanted, found.rlim_max)
        setrlimit(kind, &found)
    }

    /// Whether this process may exceed `most`. It is tried and undone on a limit that has no effect on the process.
    package static var mayBeLifted: Bool {
        for resource in [RLIMIT_CORE, __RLIMIT_MSGQUEUE, __RLIMIT_SIGPENDING] {
            let kind = __rlimit_resource_t(resource.rawValue)
            var before = rlimit()
            guard getrlimit(kind, &before) == 0, before.rlim_max != rlim_t.max else { continue }
            var wider = rlimit(rlim_cur: before.rlim_cur, rlim_max: before.rlim_max + 1)
            guard setrlimit(kind, &wider) == 0 else { return false }
            setrlimit(kind, &before)
            return true
        }
        return false
    }
}
