/// What flom answers itself, before it looks at files, as 1.7.2 does. A wrong value is named all the same. In the order in which the
/// first one of several counts.
enum Information: Int, CaseIterable, Sendable {
    /// Ends the reading of the command line: what stands behind it does not matter.
    case help
    /// With `--signal-list`: both.
    case version
    case signalList
    case uniqueID
    /// One of `PrintedText`.
    case print

    /// False when there is nothing to say of the rest.
    static func answer(_ invocation: Invocation) throws(Failure) -> Bool {
        guard invocation.settings.contains(where: { $0.option.information != nil }) else { return false }
        let asked = invocation.settings.compactMap(\.option.information)
        var settings = Settings()
        try invocation.apply(to: &settings)
        guard let first = asked.min(by: { $0.rawValue < $1.rawValue }) else { return false }
        switch first {
        case .help: HelpText.print()
        case .version, .signalList:
            if asked.contains(.version) {
                VersionText.print(withLibraries: invocation.settings.contains { $0.option.long == "verbose" })
            }
            if asked.contains(.signalList) { SignalList.print() }
        case .uniqueID: try UniqueID.print()
        case .print: settings.printed.map { PrintedText.print($0) }
        }
        return true
    }
}
