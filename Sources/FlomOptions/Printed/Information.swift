/// What flom answers itself, before it looks at files, as 1.7.2 does. A wrong value is named all the same. In the order in which the
/// first one of several counts.
package enum Information: Int, CaseIterable, Sendable {
    /// Ends the reading of the command line: what stands behind it does not matter.
    case help
    /// With `--signal-list`: both.
    case version
    case signalList
    case uniqueID
    /// One of `PrintedText`.
    case print

    /// The lines to print; nil if nothing was asked that flom answers itself.
    package static func answer(to invocation: Invocation) throws(Failure) -> String? {
        guard invocation.settings.contains(where: { $0.option.information != nil }) else { return nil }
        let asked = invocation.settings.compactMap(\.option.information)
        var settings = Settings()
        try invocation.apply(to: &settings)
        guard let first = asked.min(by: { $0.rawValue < $1.rawValue }) else { return nil }
        switch first {
        case .help: return HelpText.text
        case .version, .signalList:
            let showsLibraries = invocation.settings.contains { $0.option.long == "verbose" }
            return (asked.contains(.version) ? VersionText.text(withLibraries: showsLibraries) : "")
                + (asked.contains(.signalList) ? SignalList.text : "")
        case .uniqueID: return try UniqueID.text()
        case .print: return settings.printed?.text
        }
    }
}
