/// The place from which a daemon sees processes. A pid and a start time name a process only together with it.
///
/// Nil is "not known", and unknown is neither equal nor different: no evidence follows from it.
package struct ProcessView: Hashable, Sendable {
    /// Of the kernel, or what stands in its place (containers show their own): 32 hexadecimal digits.
    package var bootID: String?
    /// Inode of the PID namespace. It is given again only when all processes of the namespace are gone.
    package var pidNamespace: UInt64?
    /// By how much `CLOCK_BOOTTIME`, and every start time with it, is shifted by the time namespace.
    package var boottimeOffsetNanoseconds: Int64?

    package static let unknown = ProcessView()

    package init(bootID: String? = nil, pidNamespace: UInt64? = nil, boottimeOffsetNanoseconds: Int64? = nil) {
        self.bootID = bootID
        self.pidNamespace = pidNamespace
        self.boottimeOffsetNanoseconds = boottimeOffsetNanoseconds
    }

    package var isComplete: Bool { bootID != nil && pidNamespace != nil && boottimeOffsetNanoseconds != nil }

    /// Whether numbers that were noted in one of the views name the same processes in the other.
    package func countsAlike(_ other: ProcessView) -> Bool { isComplete && self == other }
}
