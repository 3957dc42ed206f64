import FlomTestKit
import Testing

@testable import FlomOptions

/// What flom answers itself, and the texts that are made from the table.
@Suite struct InformationTests {
    /// What is typed, what the answer begins with, and whether it is refused: which of several counts, and what stops the reading.
    private static let order: [(words: [String], begins: String, isRefused: Bool)] = [
        (["-h"], "Usage:", false), (["-?"], "Usage:", false), (["--help"], "Usage:", false), (["--help-all"], "Usage:", false),
        (["-Vh"], "Usage:", false), (["-h", "--nosuch"], "Usage:", false), (["-hZ"], "Usage:", false),
        (["--nosuch", "-h"], "", true),
        (["--version", "-h"], "Usage:", false), (["-v", "--signal-list"], "flom ", false),
        (["--signal-list"], "1) SIGHUP\t2) SIGINT", false), (["-c", "/nonexistent", "-v"], "flom ", false),
        (["-x", "-v"], "flom ", false), (["-l", "foo", "-v"], "", true), (["-h", "-l", "foo"], "Usage:", false),
        (["--version", "--nosuch"], "", true), (["-v", "--", "echo", "ran"], "flom ", false),
        (["--print", "bash"], "# bash completion", false), (["--print", "tcsh"], "", true),
    ]

    @Test(arguments: order)
    func itAnswersBeforeAnythingElse(words: [String], begins: String, isRefused: Bool) {
        do throws(Failure) {
            let answer = try Information.answer(to: try Invocation((["flom"] + words).map { Array($0.utf8) }))
            #expect(!isRefused && answer?.hasPrefix(begins) == true)
        } catch {
            #expect(isRefused && error.status == .failure, "\(error)")
        }
    }

    @Test func aCommandIsNotAnswered() throws {
        #expect(try Information.answer(to: try Invocation(["flom", "-r", "x", "--", "true"].map { Array($0.utf8) })) == nil)
    }

    @Test func theVersionNamesWhatIsSpoken() {
        #expect(VersionText.text(withLibraries: false).contains(/^flom \d+\.\d+\.\d+\nspeaks FLoM 1\.7\.2, protocol level 3\n$/))
    }

    @Test func signalsAreListedFourOnALine() {
        let lines = SignalList.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 9 && lines[8].isEmpty)
        #expect(lines[7] == "29) SIGIO\t30) SIGPWR\t31) SIGSYS\t")
        let numbers = lines.joined().split(separator: "\t").compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(numbers == Array(1...31))
    }

    // MARK: - Help and man page

    private static func expectSame(_ found: Set<String>, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let options = try DeclaredOption.all()
        let declared = Set(options.map(\.long) + options.compactMap(\.short))
        #expect(
            found == declared, "lacks \(declared.subtracting(found)), adds \(found.subtracting(declared))",
            sourceLocation: sourceLocation)
    }

    @Test func helpHasEveryOptionAndFitsIntoItsWidth() throws {
        let lines = HelpText.text.split(separator: "\n")
        let found = lines.compactMap { $0.firstMatch(of: /^  (?:(-.), |    )(--[a-z-]+)/) }
        try Self.expectSame(Set(found.flatMap { [$0.output.1.map(String.init), String($0.output.2)].compactMap { $0 } }))
        #expect(lines.allSatisfy { $0.count <= 132 }, "\(lines.filter { $0.count > 132 })")
    }

    /// What is shown in the help can be typed: every example is taken by the parser, and every value is checked.
    @Test func examplesOfTheHelpAreAccepted() throws {
        let examples = HelpText.text.split(separator: "\n").compactMap {
            $0.wholeMatch(of: #/\s{4}(flom .*?)\s{2,}\# .*/#)?.output.1
        }
        #expect(examples.count > 8)
        for example in examples {
            let options = example.split(separator: " -- ")[0].split(separator: ">")[0].dropFirst(5)
            // Every second piece between quotes is one word.
            let pieces = options.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            let words = pieces.flatMap { $0.offset % 2 == 1 ? [$0.element] : $0.element.split(separator: " ") }.map(String.init)
            // No command runs, and no file is read: every value is checked, then the page is printed.
            let typed = (["flom"] + words + ["--print", "man"]).map { Array($0.utf8) }
            #expect(try Information.answer(to: try Invocation(typed))?.hasPrefix(".TH FLOM") == true, "\(example)")
        }
        #expect(ResolvedSettings.refusal(["--no-such-option"]) != nil)
    }

    @Test func theManPageHasEveryOption() throws {
        let page = PrintedText.man.text
        let entries = page.matches(of: /\n\.TP\n((?:\\fB(?:\\-)+[^\n]*))\n/)
        let words = entries.flatMap {
            $0.output.1.matches(of: /\\fB((?:\\-)+[A-Za-z\\-]+)\\fR/).map { String($0.output.1).replacing("\\-", with: "-") }
        }
        try Self.expectSame(Set(words))
        for key in DeclaredOption.keys() { #expect(page.contains(key), "\(key)") }
    }

    @Test func theCheckedInSampleIsWhatIsPrinted() throws {
        let sample = try #require(Files.text(of: Program.repository + "/packaging/flom.conf"))
        #expect(PrintedText.config.text == sample)
        let names = Set(
            sample.split(separator: "\n").reduce(into: (group: "", keys: [String]())) { state, line in
                if line.hasPrefix("[") { state.group = String(line) }
                if let key = line.firstMatch(of: /^#(\w+)=|: (\w+)=/) {
                    state.keys.append("\(state.group) \(key.output.1 ?? key.output.2!)")
                }
            }.keys)
        #expect(names == DeclaredOption.keys())
        #expect(sample.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func theDefaultsOfTheSampleAreTheDefaults() throws {
        let folder = try SettingFiles()
        let path = try folder.write(PrintedText.config.text.replacing(/(?m)^#(?=\w+=)/, with: ""), to: "sample.conf")
        let without = try ResolvedSettings([])
        let with = try ResolvedSettings(["-c", path])
        var compared = 0
        for option in OptionTable.all {
            guard let key = option.key else { continue }
            #expect(try with.found(key.group, key.name).value == without.found(key.group, key.name).value, "\(key.name)")
            compared += 1
        }
        #expect(compared > 30)
    }
}
