/// Requests that flom answers itself before it reads configuration files, as 1.7.2 does. Wrong values are reported all the same.
/// If there are several, the first in this order counts.
package enum Information: Int, CaseIterable, Sendable {
    /// Ends the reading of the command line; later words do not matter.
    case help
    /// With `--signal-list`, both are printed.
    case version
    case signalList
    case uniqueID
    /// One of `PrintedText`.
    case print

    /// The lines to print; nil if flom has nothing to answer itself.
    package static func answer(to invocation: Invocation) throws(Failure) -> String? {
        guard invocation.settings.contains(where: { $0.option.information != nil }) else { return nil }
        let asked = invocation.settings.compactMap(\.option.information)
        var reader = SettingsReader()
        try invocation.apply(to: &reader)
        guard let first = asked.min(by: { $0.rawValue < $1.rawValue }) else { return nil }
        switch first {
        case .help: return HelpText.text
        case .version, .signalList:
            let showsLibraries = invocation.settings.contains { $0.option.long == "verbose" }
            return (asked.contains(.version) ? VersionText.text(withLibraries: showsLibraries) : "")
                + (asked.contains(.signalList) ? SignalList.text : "")
        case .uniqueID: return try UniqueID.text()
        case .print: return reader.settings.printed?.text
        }
    }
}
