import FlomTestKit
import Foundation
import Testing

/// Keys and options of the queue, of nested requests and of several resources: their precedence.
@Suite struct SettingsPrecedenceTests {
    private func sandbox(_ configuration: String) throws -> Sandbox {
        let box = try Sandbox()
        try Files.write(configuration, to: box.path("home/.flom"))
        return box
    }

    /// The value of a key in the listing of `-V`.
    private func used(_ key: String, _ box: Sandbox, _ options: String...) async throws -> String? {
        let outcome = try await box.run([box.program] + box.options + ["-V"] + options + ["--", "true"])
        #expect(outcome.status == 0, "\(outcome)")
        return outcome.output.split(separator: "\n").first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    private static let keys: [(key: String, option: String, normal: String, filed: String, typed: String)] = [
        ("[Daemon]/QueuePolicy", "--queue-policy", "bounded", "fifo", "overtake"),
        ("[Daemon]/MaxOvertake", "--max-overtake", "10000", "0", "2147483647"),
        ("[Resource]/Deadlock", "--deadlock", "refuse", "wait", "refuse"),
    ]

    @Test(arguments: keys)
    func aTypedOptionWinsOverItsKey(key: String, option: String, normal: String, filed: String, typed: String) async throws {
        let names = key.dropFirst().split(separator: "]/").map(String.init)
        let box = try sandbox("")
        defer { box.close() }
        #expect(try await used(key, box) == normal)
        try Files.write("[\(names[0])]\n\(names[1])=\(filed)\n", to: box.path("home/.flom"))
        #expect(try await used(key, box) == filed)
        #expect(try await used(key, box, option, typed) == typed)
    }

    private static let wrong: [(group: String, key: String, option: String, value: String, accepted: String)] = [
        ("Daemon", "QueuePolicy", "--queue-policy", "fair", "bounded, fifo, overtake"),
        ("Daemon", "QueuePolicy", "--queue-policy", "", "bounded, fifo, overtake"),
        ("Daemon", "MaxOvertake", "--max-overtake", "-1", "0 to 2147483647"),
        ("Daemon", "MaxOvertake", "--max-overtake", "2147483648", "0 to 2147483647"),
        ("Daemon", "MaxOvertake", "--max-overtake", "1s", "0 to 2147483647"),
        ("Daemon", "MaxOvertake", "--max-overtake", "010", "0 to 2147483647"),
        ("Resource", "Deadlock", "--deadlock", "yes", "refuse, wait"),
        ("Resource", "Deadlock", "--deadlock", "", "refuse, wait"),
    ]

    @Test(arguments: wrong)
    func badValuesAreNamedWithWhatIsAccepted(
        group: String, key: String, option: String, value: String, accepted: String
    ) async throws {
        let box = try sandbox("[\(group)]\n\(key)=\(value)\n[Resource]\nName=good\n")
        defer { box.close() }
        let typed = try await box.flom(option, value, "--", "echo", "ran")
        #expect(typed.status == 99 && typed.output.isEmpty, "\(typed)")
        #expect(
            typed.errors.contains(option) && typed.errors.contains("'\(value)'") && typed.errors.contains(accepted), "\(typed)")
        #expect(!Files.exists(box.socket))
        // In a usual file the mistake is reported and ignored.
        let filed = try await box.flom("--", "sh", "-c", "echo $FLOM_RESOURCE")
        #expect(filed.output == "good\n", "\(filed)")
        #expect(filed.errors.contains(".flom:2: \(key)='\(value)'") && filed.errors.contains(accepted), "\(filed)")
    }

    // MARK: - Several resources

    private static let file = "[Resource]\nName=N[9]\nLockMode=PR\nQuantity=4\n"

    /// The rows that a command with these options gets: name, mode, quantity.
    private static let precedence: [(options: [String], rows: [String])] = [
        ([], ["N[9] EX 4"]), (["-q", "5"], ["N[9] EX 5"]),
        (["-r", "M[9]"], ["M[9] EX 4"]), (["-r", "A", "-r", "B"], ["A PR", "B PR"]),
        (["-r", "A", "-l", "CR", "-r", "B"], ["A CR", "B PR"]), (["-l", "CR", "-r", "A", "-r", "B"], ["A CR", "B CR"]),
        (["-l", "CR", "-r", "A", "-r", "B", "-l", "NL"], ["A CR", "B NL"]),
        (["-r", "A", "-l", "CR", "-l", "NL", "-r", "B"], ["A NL", "B PR"]),
        (["-q", "2", "-r", "M[9]", "-r", "O[9]", "-q", "3"], ["M[9] EX 2", "O[9] EX 3"]),
        (["-r", "M[9]", "-q", "0", "-r", "O[9]", "-q", "1"], ["M[9] EX 4", "O[9] EX 1"]),
        (["-q", "7", "-q", "0", "-r", "M[9]"], ["M[9] EX 7"]),
    ]

    @Test(arguments: precedence)
    func theCommandLineReplacesTheFilesResources(options: [String], rows: [String]) async throws {
        let box = try sandbox(Self.file)
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + options + ["--", "true"])
        #expect(outcome.status == 0, "\(outcome)")
        let found = try await box.history().map { row in
            "\(row.resource) \(row.mode)" + (row.quantity.map { " \($0)" } ?? "")
        }
        #expect(found == rows)
    }

    /// A file names one; a later file replaces it.
    @Test func theLastOfSeveralNamesInFilesCounts() async throws {
        let box = try sandbox("[Resource]\nName=first\nName=second\nLockMode=PR\n")
        defer { box.close() }
        try await box.flom("--", "true")
        try Files.write("[Resource]\nName=third\n", to: box.path("named.conf"))
        try await box.flom("-c", box.path("named.conf"), "--", "true")
        try await box.flom("-r", "A", "-c", box.path("named.conf"), "-r", "B", "--", "true")
        #expect(try await box.history().map { "\($0.resource) \($0.mode)" } == ["second PR", "third PR", "A PR", "B PR"])
    }

    @Test(arguments: ["--history", "--status"]) func aReportIsAboutOneResourceOrAll(report: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.flom("-r", "A", "-r", "B", "--", "true")
        let outcome = try await box.flom(report, "-r", "A", "-r", "B")
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("one resource"), "\(outcome)")
        #expect(try await box.flom(report, "-r", "A").status == 0)
    }

    @Test func helpFitsIntoItsWidth() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let lines = try await box.flom("--help").output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 132 }, "\(lines.filter { $0.count > 132 })")
    }
}
