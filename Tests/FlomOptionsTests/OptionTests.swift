import FlomTestKit
import Testing

@testable import FlomOptions

/// Every option and key of the table: default, four files one after the other, option; and what it does not take.
@Suite struct OptionTests {
    /// What a value is shown as.
    private static func shown(_ value: String, _ row: KeyedOption) -> String {
        switch (row.group, row.key) {
        case ("Resource", "Name"), ("Journal", "Redact"), ("Access", "Rule"), ("Monitor", "IgnoredSignals"): "[\"\(value)\"]"
        case ("Resource", "Create"), ("Trace", "Verbose"), ("Trace", "AppendTraceFile"), ("TLS", "TlsCheckPeerId"),
            ("Access", "RemoteAdmin"):
            value.lowercased().hasPrefix("y") ? "true" : "false"
        default: value.hasPrefix("0x") ? "\(Int(value.dropFirst(2), radix: 16)!)" : value
        }
    }

    @Test(arguments: KeyedOption.all)
    func laterSourcesWinOverEarlierOnes(row: KeyedOption) throws {
        let folder = try SettingFiles()
        var files: [String] = []
        var words: [String] = []
        func found() throws -> (value: String?, from: String) {
            let resolved = try ResolvedSettings(words, files: files)
            #expect(resolved.complaints.isEmpty)
            return try resolved.found(row.group, row.key)
        }
        #expect(try found() == (row.standard, "default"))

        // Patterns that hide something add up, and so do rules.
        var sum: [String] = []
        var places: [String] = []
        for index in 0..<4 {
            let path = try folder.write("# a comment\n[\(row.group)]\n\(row.key)=\(row.values[index])\n", to: "\(index).conf")
            if index < 3 { files.append(path) } else { words = ["-c", path] }
            sum.append("\"\(row.values[index])\"")
            places.append("\(path):3")
            if row.addsUp {
                #expect(try found() == ("[" + sum.joined(separator: ",") + "]", places.joined(separator: ", ")))
            } else {
                #expect(try found() == (Self.shown(row.values[index], row), "\(path):3"))
            }
        }
        if row.isFlag { return }
        words += [row.option, row.values[4]]
        let typed = try found()
        if row.addsUp {
            #expect(typed.from.hasSuffix(", \(row.option) \(row.values[4])"))
        } else {
            #expect(typed == (Self.shown(row.values[4], row), "\(row.option) \(row.values[4])"))
        }
    }

    /// An empty value takes back what an earlier line says.
    @Test(arguments: KeyedOption.all.filter { $0.standard == nil })
    func anEmptyValueIsNone(row: KeyedOption) throws {
        let folder = try SettingFiles()
        let path = try folder.write("[\(row.group)]\n\(row.key)=\(row.values[0])\n\(row.key)=\n", to: "a.conf")
        let resolved = try ResolvedSettings([], files: [path])
        #expect(try resolved.found(row.group, row.key) == (nil, "\(path):3") && resolved.complaints.isEmpty)
        let refusal = try #require(ResolvedSettings.refusal([row.option, ""]))
        #expect(refusal.sentence.contains("''") && refusal.sentence.contains(row.accepted))
    }

    @Test(arguments: KeyedOption.all)
    func whatIsNotAcceptedIsNamed(row: KeyedOption) throws {
        let folder = try SettingFiles()
        for value in row.wrong {
            if !row.isFlag {
                let typed = try #require(ResolvedSettings.refusal([row.option, value]), "\(row.option) '\(value)'")
                #expect(typed.status == .failure && typed.sentence.contains("'\(value)'"), "\(typed)")
                #expect(typed.sentence.contains(row.accepted), "\(typed)")
            }
            if value.isEmpty && row.standard == nil { continue }
            let path = try folder.write("[\(row.group)]\n\(row.key)=\(value)\n", to: "wrong.conf")
            // In the file of -c it ends flom; in a usual one it is named and passed over.
            let complaint = "\(path):2: \(row.key)='\(value)'"
            let named = try #require(ResolvedSettings.refusal(["-c", path]), "\(row.key)=\(value)")
            #expect(named.sentence.contains(complaint) && named.sentence.contains(row.accepted), "\(named)")
            let usual = try ResolvedSettings([], files: [path])
            #expect(usual.complaints.count == 1 && usual.complaints[0].contains(complaint), "\(usual.complaints)")
            #expect(try usual.found(row.group, row.key) == (row.standard, "default"))
        }
    }

    @Test func everyOptionAndKeyHasARow() throws {
        let declared = try DeclaredOption.all()
        #expect(declared.count > 70)
        let rows = KeyedOption.all.map(\.option) + PlainOption.all.map(\.option)
        for option in declared {
            #expect(rows.contains { $0 == option.short || $0 == option.long }, "no test has a row for \(option.long)")
        }
        #expect(rows.count == declared.count)
        #expect(DeclaredOption.keys() == Set(KeyedOption.all.map(\.testDescription)))
    }

    /// A row that names a test has it use the option.
    @Test(arguments: PlainOption.all)
    func theNamedTestTypesTheOption(option: String, test: String) {
        let text = DeclaredOption.textOfTest(test)
        #expect(text.contains("\"\(option)\"") || text.contains("\"\(option)=") || text.contains("\(option) "))
    }
}
