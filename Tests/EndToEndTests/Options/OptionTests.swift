import FlomTestKit
import Foundation
import Testing

/// Every option and key of the table: default, system's file, user's file, XDG's file, `-c`, option; and refused values.
@Suite struct OptionTests {
    private struct Setting: Decodable {
        let group: String
        let key: String
        let value: Value?
        let from: String

        enum Value: Decodable {
            case text(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let words = try? container.decode([String].self) {
                    self = .text("[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]")
                } else if let flag = try? container.decode(Bool.self) {
                    self = .text("\(flag)")
                } else if let number = try? container.decode(Int64.self) {
                    self = .text("\(number)")
                } else {
                    self = .text(try container.decode(String.self))
                }
            }

            var text: String {
                switch self {
                case .text(let text): text
                }
            }
        }
    }

    private static func settings(_ outcome: Outcome) throws -> [String: Setting] {
        let rows = try outcome.output.split(separator: "\n").map { try JSONDecoder().decode(Setting.self, from: Data($0.utf8)) }
        return Dictionary(uniqueKeysWithValues: rows.map { ("[\($0.group)] \($0.key)", $0) })
    }

    /// The form in which a value is shown.
    private static func shown(_ value: String, _ row: KeyedOption) -> String {
        switch (row.group, row.key) {
        case ("Resource", "Name"), ("Journal", "Redact"), ("Access", "Rule"), ("Monitor", "IgnoredSignals"): "[\"\(value)\"]"
        case ("Resource", "Create"), ("Trace", "Verbose"), ("Trace", "AppendTraceFile"), ("TLS", "TlsCheckPeerId"),
            ("Access", "RemoteAdmin"):
            value.lowercased().hasPrefix("y") ? "true" : "false"
        default: value.hasPrefix("0x") ? "\(Int(value.dropFirst(2), radix: 16)!)" : value
        }
    }

    /// Runs in a mount namespace with the test's own `/etc`.
    private static func words(_ box: Sandbox, _ options: [String]) -> [String] {
        let program = [box.program] + options + ["--show-config", "--format", "json"]
        guard Conditions.canMount else { return program }
        return ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc && exec \"$@\"", box.path("etc")] + program
    }

    @Test(arguments: KeyedOption.all)
    func laterSourcesWinOverEarlierOnes(row: KeyedOption) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("etc"))
        try Files.makeDirectory(box.path("config/flom"))
        try Files.write(Files.text(of: "/etc/passwd") ?? "", to: box.path("etc/passwd"))
        let name = "[\(row.group)] \(row.key)"
        var options: [String] = []
        func found() async throws -> Setting {
            let outcome = try await box.run(Self.words(box, options))
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            return try #require(try Self.settings(outcome)[name])
        }
        let untouched = try await found()
        #expect(untouched.value?.text == row.standard && untouched.from == "default")

        let files = [
            (box.path("etc/flom.conf"), "/etc/flom.conf"), (box.path("home/.flom"), box.path("home/.flom")),
            (box.path("config/flom/flom.conf"), box.path("config/flom/flom.conf")), (box.path("named"), box.path("named")),
        ]
        // Patterns of redaction add up.
        var sum: [String] = []
        var places: [String] = []
        for (index, (path, place)) in files.enumerated() where index > 0 || Conditions.canMount {
            try Files.write("# a comment\n[\(row.group)]\n\(row.key)=\(row.values[index])\n", to: path)
            if index == 3 { options = ["-c", path] }
            let setting = try await found()
            sum.append(row.values[index])
            places.append("\(place):3")
            if row.addsUp {
                #expect(setting.value?.text == "[" + sum.map { "\"\($0)\"" }.joined(separator: ",") + "]")
                #expect(setting.from == places.joined(separator: ", "))
            } else {
                #expect(setting.value?.text == Self.shown(row.values[index], row) && setting.from == "\(place):3", "\(setting)")
            }
        }
        if row.isFlag { return }
        options += [row.option, row.values[4]]
        let typed = try await found()
        if !row.addsUp {
            #expect(
                typed.value?.text == Self.shown(row.values[4], row) && typed.from == "\(row.option) \(row.values[4])", "\(typed)")
        } else {
            #expect(typed.from.hasSuffix(", \(row.option) \(row.values[4])"))
        }
    }

    /// An empty value takes back what an earlier file says.
    @Test(arguments: KeyedOption.all.filter { $0.standard == nil })
    func anEmptyValueIsNone(row: KeyedOption) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[\(row.group)]\n\(row.key)=\(row.values[0])\n\(row.key)=\n", to: box.path("home/.flom"))
        let outcome = try await box.run([box.program, "--show-config", "--format", "json"])
        let setting = try #require(try Self.settings(outcome)["[\(row.group)] \(row.key)"])
        #expect(setting.value == nil && setting.from == "\(box.path("home/.flom")):3" && outcome.errors.isEmpty, "\(outcome)")
        if !row.addsUp {
            let typed = try await box.run([box.program, row.option, "", "--", "true"])
            #expect(typed.status == 99 && typed.errors.contains("''") && typed.errors.contains(row.accepted), "\(typed)")
        }
    }

    @Test(arguments: KeyedOption.all)
    func refusedValuesAreNamed(row: KeyedOption) async throws {
        let box = try Sandbox()
        defer { box.close() }
        for value in row.wrong {
            let shownValue = value.replacingOccurrences(of: "\t", with: "\u{FFFD}")
            if !row.isFlag {
                let typed = try await box.run([box.program, row.option, value, "--", "echo", "ran"])
                #expect(typed.status == 99 && typed.output.isEmpty, "\(row.option) '\(value)': \(typed)")
                #expect(typed.errors.contains("'\(shownValue)'") && typed.errors.contains(row.accepted), "\(typed)")
            }
            let file = box.path("wrong")
            try Files.write("[\(row.group)]\n\(row.key)=\(value)\n", to: file)
            let named = try await box.run([box.program, "-c", file, "--", "echo", "ran"])
            if value.isEmpty && row.standard == nil { continue }
            #expect(named.status == 99 && named.output.isEmpty, "\(row.key)=\(value): \(named)")
            #expect(
                named.errors.contains("\(file):2: \(row.key)='\(shownValue)'") && named.errors.contains(row.accepted), "\(named)")
        }
        #expect(box.processes.isEmpty)
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
    func theNamedTestTypesTheOption(option: String, test: String) throws {
        let tests = Program.repository + "/Tests"
        let paths = FileManager.default.enumerator(atPath: tests)?.compactMap { $0 as? String } ?? []
        let path = try #require(paths.first { $0.hasSuffix("/\(test).swift") })
        let text = try #require(Files.text(of: "\(tests)/\(path)"))
        #expect(text.contains("\"\(option)\"") || text.contains("\"\(option)=") || text.contains("\(option) "))
    }
}
