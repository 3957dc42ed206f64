import FlomTestKit
import Testing

@testable import FlomModel
@testable import FlomOptions

/// Lines of configuration files, and which of several settings counts. That the usual files are looked for shows
/// `EndToEndTests/ConfigurationTests`.
@Suite struct ConfigurationTests {
    /// The line that is wrong, and what is said of it.
    private static let wrongLines = [
        ("NoSuchKey=1", "NoSuchKey"), ("Timeout=soon", "'soon'"), ("LockMode=XX", "'XX'"), ("no equals sign", "neither"),
        ("[NoSuchGroup]", "NoSuchGroup"), ("[Unclosed", "']'"), ("Timeout=010", "'010'"),
    ]

    @Test(arguments: wrongLines)
    func whatIsWrongInAUsualFileIsNamedAndPassedOver(line: String, clue: String) throws {
        let folder = try SettingFiles()
        let path = try folder.write("[Resource]\nName=good\n\n\(line)\n", to: "usual.conf")
        let resolved = try ResolvedSettings([], files: [path])
        #expect(resolved.settings.parts.map(\.resource.description) == ["good"])
        #expect(resolved.complaints.count == 1)
        #expect(resolved.complaints[0].hasPrefix("\(path):4:") && resolved.complaints[0].contains(clue))
    }

    @Test(arguments: wrongLines)
    func whatIsWrongInTheNamedFileEndsFlom(line: String, clue: String) throws {
        let folder = try SettingFiles()
        let path = try folder.write("[Resource]\nName=good\n\n\(line)\n", to: "named.conf")
        let refusal = try #require(ResolvedSettings.refusal(["-c", path]))
        #expect(refusal.status == .failure && refusal.code == -203)
        #expect(refusal.sentence.hasPrefix("\(path):4:") && refusal.sentence.contains(clue))
    }

    /// What is wrong, and what is meant.
    private static let nearMisses = [
        ("[Resource]\nNane=x", "did you mean Name?"), ("[Resorce]\n", "did you mean Resource?"),
        ("[Resource]\nWait=1", "FLoM removed it: Timeout=0"), ("[Resource]\nSocketName=x", "it belongs to group [Daemon]"),
    ]

    @Test(arguments: nearMisses) func whatIsNearIsSuggested(text: String, suggestion: String) throws {
        let folder = try SettingFiles()
        let resolved = try ResolvedSettings([], files: [try folder.write(text + "\n", to: "near.conf")])
        #expect(resolved.complaints.contains { $0.contains(suggestion) }, "\(resolved.complaints)")
    }

    @Test func aMisspeltOptionIsSuggested() throws {
        #expect(ResolvedSettings.refusal(["--resorce-name", "x"])?.sentence.contains("did you mean --resource-name?") == true)
        #expect(ResolvedSettings.refusal(["--frobnicate"])?.sentence.contains("did you mean") == false)
    }

    @Test func windowsLineEndsBlanksAndCommentsAreTolerated() throws {
        let folder = try SettingFiles()
        let path = try folder.write("\r\n  # comment\r\n[Resource]\r\n  Name =  spaced\r\n", to: "windows.conf")
        let resolved = try ResolvedSettings([], files: [path])
        #expect(resolved.complaints.isEmpty && resolved.settings.parts.map(\.resource.description) == ["spaced"])
    }

    @Test func aNegativeQuantityIsIgnoredWithARemark() throws {
        let resolved = try ResolvedSettings(["-q", "3", "-q", "-2", "-q", "0"])
        #expect(resolved.settings.firstQuantity == 3)
        #expect(resolved.settings.remarks == ["the resource quantity -2 is negative and is ignored"])
    }

    // MARK: - Several resources

    private static let file = "[Resource]\nName=N[9]\nLockMode=PR\nQuantity=4\n"

    /// The rows that a command with these options asks for: name, mode, quantity.
    private static let precedence: [(options: [String], rows: [String])] = [
        ([], ["N[9] PR 4"]), (["-q", "5"], ["N[9] PR 5"]),
        (["-r", "M[9]"], ["M[9] PR 4"]), (["-r", "A", "-r", "B"], ["A PR 4", "B PR 4"]),
        (["-r", "A", "-l", "CR", "-r", "B"], ["A CR 4", "B PR 4"]), (["-l", "CR", "-r", "A", "-r", "B"], ["A CR 4", "B CR 4"]),
        (["-l", "CR", "-r", "A", "-r", "B", "-l", "NL"], ["A CR 4", "B NL 4"]),
        (["-r", "A", "-l", "CR", "-l", "NL", "-r", "B"], ["A NL 4", "B PR 4"]),
        (["-q", "2", "-r", "M[9]", "-r", "O[9]", "-q", "3"], ["M[9] PR 2", "O[9] PR 3"]),
        (["-r", "M[9]", "-q", "0", "-r", "O[9]", "-q", "1"], ["M[9] PR 4", "O[9] PR 1"]),
        (["-q", "7", "-q", "0", "-r", "M[9]"], ["M[9] PR 7"]),
    ]

    @Test(arguments: precedence)
    func whatIsTypedReplacesWhatAFileSays(options: [String], rows: [String]) throws {
        let folder = try SettingFiles()
        let resolved = try ResolvedSettings(options, files: [try folder.write(Self.file, to: "usual.conf")])
        let found = resolved.settings.parts.map { "\($0.resource) \($0.mode.shortName) \($0.quantity)" }
        #expect(found == rows)
    }

    /// A file names one; a later line or file replaces it.
    @Test func ofSeveralNamesInFilesTheLastCounts() throws {
        let folder = try SettingFiles()
        let first = try folder.write("[Resource]\nName=first\nName=second\nLockMode=PR\n", to: "first.conf")
        let third = try folder.write("[Resource]\nName=third\n", to: "third.conf")
        func names(_ words: [String]) throws -> [String] {
            try ResolvedSettings(words, files: [first]).settings.parts.map { "\($0.resource) \($0.mode.shortName)" }
        }
        #expect(try names([]) == ["second PR"])
        #expect(try names(["-c", third]) == ["third PR"])
        #expect(try names(["-r", "A", "-c", third, "-r", "B"]) == ["A PR", "B PR"])
    }

    /// A report without `-r` concerns all resources, whatever a file names.
    @Test func onlyTheCommandLineNamesAResource() throws {
        let folder = try SettingFiles()
        let file = try folder.write(Self.file, to: "usual.conf")
        #expect(try !ResolvedSettings(["-l", "CR"], files: [file]).settings.namesResource)
        #expect(try ResolvedSettings(["-r", "A"], files: [file]).settings.namesResource)
    }

    /// A list in a file replaces the previous one, as does the first signal that is typed; further ones add up.
    @Test func typedSignalsReplaceThoseOfFiles() throws {
        let folder = try SettingFiles()
        let first = try folder.write("[Monitor]\nIgnoredSignals=HUP;INT\n", to: "first.conf")
        let second = try folder.write("[Monitor]\nIgnoredSignals=USR1;USR2\n", to: "second.conf")
        func signals(_ words: [String]) throws -> [String] {
            try ResolvedSettings(words, files: [first, second]).settings.monitor.shown
        }
        #expect(try signals([]) == ["SIGUSR1", "SIGUSR2"])
        #expect(try signals(["--ignore-signal", "TERM"]) == ["SIGTERM"])
        #expect(try signals(["--ignore-signal", "HUP", "--ignore-signal", "TERM"]) == ["SIGHUP", "SIGTERM"])
    }

    /// `-d300`, `--name=VALUE`, bundles, and the last of several.
    @Test func valuesMayBeJoinedAndTheLastOneCounts() throws {
        let resolved = try ResolvedSettings([
            "-d300", "-rFOO", "--resource-timeout=5", "-Vl", "PR", "-o7", "-eno", "--show-config",
        ])
        let rows: [(group: String, key: String, value: String, from: String)] = [
            ("Daemon", "Lifespan", "300", "-d300"), ("Resource", "Name", "[\"FOO\"]", "-rFOO"),
            ("Resource", "Timeout", "7", "-o7"),
            ("Resource", "LockMode", "PR", "-Vl PR"), ("Resource", "Create", "false", "-eno"),
            ("Trace", "Verbose", "true", "-Vl"),
        ]
        for row in rows { #expect(try resolved.found(row.group, row.key) == (row.value, row.from), "\(row.key)") }
    }
}
