import FlomTestKit
import Foundation
import Testing

/// Programs in other languages that were written for FLoM 1.7.2, and the examples of docs/library.md.
@Suite(.enabled(if: BuiltBindings.hasLibrary, "\(BuiltBindings.need)"))
struct LanguageTests {
    /// A test of a language that is not there says so.
    private func inSandbox(_ language: Language, _ body: (Sandbox) async throws -> Void) async throws {
        if let refusal = language.refusal { return print("skipped, \(language): \(refusal)") }
        let box = try Sandbox()
        defer { box.close() }
        try await body(box)
    }

    /// Ends with 0, and says nothing.
    private func succeeds(_ name: String, _ language: Language) async throws {
        try await inSandbox(language) { box in
            try box.configureSocket()
            try await box.startDaemon()
            let outcome = try await box.run(language.program(name), language)
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
        }
    }

    @Test(arguments: Language.allCases) func theFirstLock(language: Language) async throws {
        try await succeeds("first_lock", language)
    }

    @Test(arguments: Language.allCases) func wrongStates(language: Language) async throws {
        try await succeeds("wrong_states", language)
    }

    @Test func javaRefusesNulls() async throws { try await succeeds("nulls", .java) }

    /// Rollback hands a number out again, and so does the end of a program that holds one: by `abort` in Python, by `exit` in the others.
    @Test(arguments: Language.allCases) func numbersOfSequences(language: Language) async throws {
        try await inSandbox(language) { box in
            try box.configureSocket()
            try await box.startDaemon()
            for expected in [[1, 2, 1, 1, 2], [3, 4, 2, 2, 3]] {
                let outcome = try await box.run(language.program("numbers"), language)
                #expect(outcome.ending == (language == .python ? .signalled(SIGABRT) : .exited(0)), "\(outcome)")
                let lines = expected.map { "locked element is \($0)\n" }.joined()
                #expect(outcome.output == lines, "\(outcome)")
            }
        }
    }

    /// Every property is printed before and after it is set. The lock then succeeds over TLS.
    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl"), arguments: Language.allCases)
    func properties(language: Language) async throws {
        try await inSandbox(language) { box in
            let certificates = Certificates(in: box)
            let id = Conditions.machineID ?? "nobody"
            try await certificates.make(id)
            let options = box.options + certificates.options(id) + ["--tls-check-peer-id", "yes"]
            let started = try await box.run([box.program] + options + ["--", "true"])
            #expect(started.status == 0, "\(started)")
            // An interface with an IPv6 address.
            let interface = (Files.text(of: "/proc/net/if_inet6") ?? "").contains(" lo\n") ? "lo" : ""
            let outcome = try await box.run(
                language.program("properties"), language,
                [
                    box.socket, interface, certificates.certificate(id), certificates.key(id), certificates.authority,
                    box.path("trace"),
                ])
            #expect(outcome.status == 0, "\(outcome)")
            let expected = PropertyLines(language: language, box: box).all
            #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome)")
        }
    }

    /// The program stands in docs/library.md. It takes the lock and says so; where no daemon serves, it starts one.
    @Test(arguments: Language.allCases) func examples(language: Language) async throws {
        try await inSandbox(language) { box in
            let page = try #require(Files.text(of: Program.repository + "/docs/library.md"))
            #expect(page.contains(try #require(Files.text(of: language.example))))
            try box.configureSocket()
            let outcome = try await box.run(language.example, language, ["db"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            #expect(outcome.output.hasPrefix("db is locked, ") && outcome.output.contains("token "), "\(outcome)")
            let holder = try await box.hold("db")
            let refused = try await box.start(
                ["timeout", "-s", "INT", "0.3"] + language.words(language.example) + ["db"],
                environment: Language.environment.merging(["FLOM_PROGRAM": box.program]) { $1 }
            ).wait()
            #expect(refused.output.isEmpty && refused.status == 124, "\(refused)")
            try await holder.letGo()
        }
    }
}

/// What the program `properties` of a language prints.
private struct PropertyLines {
    let language: Language
    let box: Sandbox

    private var none: String { language == .python ? "None" : "''" }
    private func text(_ value: String) -> String { "'\(value)'" }
    private func truth(_ value: Bool) -> String { language == .java ? "\(value)" : value ? "1" : "0" }

    private func lines(_ name: String, _ values: String...) -> [String] {
        let words = name.split(separator: "_")
        let getter =
            switch language {
            case .python, .php: "flom_handle_get_\(name)"
            case .perl: "Flom::handle_get_\(name)"
            case .java: "FlomHandle.get" + words.map(\.capitalized).joined()
            }
        return values.map { "\(getter)() = \($0)" }
    }

    private var last: String {
        switch language {
        case .python: "happy_path locked element is 'red'"
        case .perl: "locked element is 'red'"
        case .php: "happy_path locked element is red"
        case .java: "HappyPath locked element is red"
        }
    }

    var all: [String] {
        let login = String(cString: getpwuid(getuid()).pointee.pw_name)
        let strings =
            lines("socket_name", text("/tmp/flom-\(login)"), text(box.socket)) + lines("trace_filename", text(box.path("trace")))
            + lines("resource_name", text("_RESOURCE"), text(language == .java ? "red.blue.green" : "red.green.blue"))
        let resource =
            lines("resource_create", truth(true), truth(false), truth(true)) + lines("resource_timeout", "-1", "-1")
            + lines("resource_quantity", "1", "3") + lines("lock_mode", "5", "4") + lines("resource_idle_lifespan", "0", "10000")
        let network =
            lines("unicast_address", none, text("127.0.0.1")) + lines("multicast_address", none, text("224.0.0.1"))
            + lines("unicast_port", "28015", "7777") + lines("multicast_port", "28015", "8888")
            + lines("discovery_attempts", "2", "5") + lines("discovery_timeout", "500", "750") + lines("discovery_ttl", "1", "2")
        return strings + resource + network + lines("tls_check_peer_id", truth(false), truth(false), truth(true)) + [last]
    }
}
