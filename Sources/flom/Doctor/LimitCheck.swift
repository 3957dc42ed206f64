internal import FlomReports
internal import Glibc

/// The limits that a daemon would inherit.
enum LimitCheck {
    static func look() -> [Finding] { [LimitJudgement.descriptors(limit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue)))] }

    /// - Parameter journal: the size of the larger of its files, in bytes.
    static func fileSize(journal: UInt64) -> Finding {
        LimitJudgement.fileSize(limit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue)), journal: journal)
    }

    /// Nil: none.
    private static func limit(_ kind: __rlimit_resource_t) -> UInt64? {
        var found = rlimit()
        guard getrlimit(kind, &found) == 0, found.rlim_cur != rlim_t.max else { return nil }
        return UInt64(found.rlim_cur)
    }
}
