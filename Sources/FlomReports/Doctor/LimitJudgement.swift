/// Judges the limits that a daemon started by this command would inherit.
package enum LimitJudgement {
    /// Descriptors for clients and for the daemon itself.
    private static let leastDescriptors: UInt64 = 1024

    /// - Parameters:
    ///   - limit: the limit of open files; nil if there is none.
    ///   - isLifted: whether a daemon started by this command has the right to lift the limit, and does.
    package static func descriptors(_ limit: UInt64?, isLifted: Bool = false) -> DoctorFinding {
        guard let limit else { return DoctorFinding(.ok, .limits, "open files", "unlimited") }
        if isLifted && limit < leastDescriptors {
            return DoctorFinding(.ok, .limits, "open files", "\(limit), which a daemon that this command starts lifts")
        }
        guard limit >= leastDescriptors else {
            return DoctorFinding(
                .warning, .limits, "open files",
                "\(limit), so that a daemon that this command starts has room for about \(limit > 64 ? limit * 3 / 8 : limit / 4) clients that hold or wait at a "
                    + "time; others try again until there is room",
                advice: "ulimit -n \(leastDescriptors) or more, LimitNOFILE= in a unit")
        }
        return DoctorFinding(.ok, .limits, "open files", "\(limit)")
    }

    /// - Parameter left: what a daemon started by this command would inherit and could not lift, a few words each.
    package static func burdens(_ left: [String]) -> [DoctorFinding] {
        guard !left.isEmpty else { return [] }
        return [
            DoctorFinding(
                .warning, .limits, "of a daemon",
                "one that is started from here is also limited by: " + left.joined(separator: ", "),
                advice: "start it as a service (flom --foreground), or from where these limits do not hold (ulimit -a)")
        ]
    }

    /// - Parameters:
    ///   - limit: the limit of a file's size in bytes; nil if there is none.
    ///   - journal: the size in bytes of the larger of the journal's files.
    package static func fileSize(_ limit: UInt64?, journal: UInt64) -> DoctorFinding {
        guard let limit else { return DoctorFinding(.ok, .limits, "file size", "unlimited") }
        let isReached = journal + (1 << 20) > limit
        return DoctorFinding(
            isReached ? .problem : .warning, .limits, "file size",
            "\(ByteText.of(limit)), and the journal has \(ByteText.of(journal))"
                + (isReached ? ": no more locks can be granted" : ": when it reaches the limit, no more locks are granted"),
            advice: "ulimit -f unlimited, LimitFSIZE=infinity in a unit")
    }
}
