/// What is to be said of the limits that a daemon started by this command would inherit.
package enum LimitJudgement {
    /// Clients, and what a daemon needs for itself.
    private static let leastDescriptors: UInt64 = 1024

    /// - Parameters:
    ///   - limit: of open files; nil: none.
    ///   - isLifted: whether a daemon that this starts lifts it: it has the right to.
    package static func descriptors(_ limit: UInt64?, isLifted: Bool = false) -> DoctorFinding {
        guard let limit else { return DoctorFinding(.ok, .limits, "open files", "unlimited") }
        if isLifted && limit < leastDescriptors {
            return DoctorFinding(.ok, .limits, "open files", "\(limit), which a daemon started by this lifts")
        }
        guard limit >= leastDescriptors else {
            return DoctorFinding(
                .warning, .limits, "open files",
                "\(limit), so that a daemon started by this has room for about \(limit > 64 ? limit * 3 / 8 : limit / 4) who hold or wait at a "
                    + "time; others ask again until there is room",
                advice: "ulimit -n \(leastDescriptors) or more, LimitNOFILE= in a unit")
        }
        return DoctorFinding(.ok, .limits, "open files", "\(limit)")
    }

    /// - Parameter left: what a daemon started by this would have from its starter and could not lift, a few words each.
    package static func burdens(_ left: [String]) -> [DoctorFinding] {
        guard !left.isEmpty else { return [] }
        return [
            DoctorFinding(
                .warning, .limits, "of a daemon",
                "one that is started from here is held to this as well: " + left.joined(separator: ", "),
                advice: "start it as a service (flom --foreground), or from where these limits do not hold (ulimit -a)")
        ]
    }

    /// - Parameters:
    ///   - limit: of a file's size in bytes; nil: none.
    ///   - journal: the size of the journal's larger file.
    package static func fileSize(_ limit: UInt64?, journal: UInt64) -> DoctorFinding {
        guard let limit else { return DoctorFinding(.ok, .limits, "file size", "unlimited") }
        let isReached = journal + (1 << 20) > limit
        return DoctorFinding(
            isReached ? .problem : .warning, .limits, "file size",
            "\(ByteText.of(limit)), and the journal has \(ByteText.of(journal))"
                + (isReached ? ": no more locks can be given" : ": when it has grown so far, no more locks are given"),
            advice: "ulimit -f unlimited, LimitFSIZE=infinity in a unit")
    }
}
