internal import FlomReports
internal import FlomSystem

/// Checks the limits that a daemon would inherit.
enum LimitCheck {
    static func look() -> [DoctorFinding] {
        let isLifted = ResourceLimit.mayBeLifted
        return [LimitJudgement.descriptors(ResourceLimit.openFiles.values.most, isLifted: isLifted)]
            + LimitJudgement.burdens(isLifted ? [] : InheritedConstraints.harmfulLimits())
    }

    /// - Parameter journal: size of the larger journal file in bytes.
    static func fileSize(journal: UInt64) -> DoctorFinding {
        LimitJudgement.fileSize(ResourceLimit.mayBeLifted ? nil : ResourceLimit.fileSize.values.most, journal: journal)
    }
}
