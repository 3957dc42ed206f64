package import FlomModel
internal import FlomSystem

extension ProcessView {
    /// The view from which this process sees others.
    package static func own() -> ProcessView {
        Processes.examineProc()
        return ProcessView(
            bootID: Host.bootID(), pidNamespace: Processes.isProcOurs ? Host.pidNamespace() : nil,
            boottimeOffsetNanoseconds: Host.boottimeOffset())
    }
}
