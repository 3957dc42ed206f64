/// The place from which a daemon sees processes. A pid and a start time identify a process only together with it.
///
/// Nil means "not known". What is not known is neither equal nor different: no evidence follows from it.
package struct ProcessView: Hashable, Sendable {
    /// The kernel's boot id, or the one that a container shows in its place: 32 hexadecimal digits.
    package var bootID: String?
    /// The inode of the PID namespace. It is reused only when all processes of the namespace are gone.
    package var pidNamespace: UInt64?
    /// The nanoseconds that the time namespace adds to `CLOCK_BOOTTIME`, and so to the start times of processes in `/proc`; nil if that is
    /// not known.
    package var boottimeOffsetNanoseconds: Int64?

    package static let unknown = ProcessView()

    package init(bootID: String? = nil, pidNamespace: UInt64? = nil, boottimeOffsetNanoseconds: Int64? = nil) {
        self.bootID = bootID
        self.pidNamespace = pidNamespace
        self.boottimeOffsetNanoseconds = boottimeOffsetNanoseconds
    }

    package var isComplete: Bool { bootID != nil && pidNamespace != nil && boottimeOffsetNanoseconds != nil }

    /// Whether numbers noted in one of the views identify the same processes in the other.
    package func countsAlike(_ other: ProcessView) -> Bool { isComplete && self == other }
}
