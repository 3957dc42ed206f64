internal import FlomOptions
internal import FlomSystem

/// Any bytes as a configuration file: each line is taken or complained of in one line, and what was taken can be used or is refused
/// with a sentence.
enum ConfigurationTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        var reader = SettingsReader()
        var complaints: [String] = []
        ConfigurationFiles.apply(bytes, of: "file", to: &reader, nil) { complaints.append($0) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
        if complaints.count > lines { return "has \(complaints.count) complaints about \(lines) lines" }
        if let odd = complaints.first(where: { !$0.hasPrefix("file:") }) { return "does not say where: \(odd)" }
        let settings = reader.settings
        do {
            _ = try settings.endpoint()
            _ = try settings.tlsSettings()
        } catch {
            if error.sentence.isEmpty { return "refuses without a word" }
        }
        // What any setting shows can be read again as that setting.
        for option in OptionTable.all where option.key != nil { _ = option.shown?(settings) }
        return nil
    }
}
