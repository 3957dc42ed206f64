import FlomTestKit
import Foundation
import Testing

/// What `tools/make-library` and `tools/make-bindings` leave. `tools/test` runs both.
enum BuiltBindings {
    private static let environment = ProcessInfo.processInfo.environment
    static let directory = BuiltLibrary.directory
    static let library = BuiltLibrary.lib
    static let modules = environment["FLOM_BINDINGS"] ?? Program.repository + "/.build/bindings"

    static let hasLibrary = Files.exists(library + "/libflom.so.0")
    static let need = "needs \(library)/libflom.so.0, which tools/make-library makes"
}

/// A language of programs that use the library, with all that its programs need.
enum Language: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case python, perl, php, java

    var testDescription: String { rawValue }

    /// Why its programs cannot be run here; nil if they can.
    var refusal: String? {
        if !Conditions.hasProgram(interpreter) { return "there is no \(interpreter)" }
        if let module, !Files.exists(module) { return "there is no \(module), which tools/make-bindings makes" }
        return nil
    }

    /// Java's programs are compiled when they are run.
    private var interpreter: String {
        switch self {
        case .python: "python3"
        case .java: "javac"
        case .perl, .php: rawValue
        }
    }

    private var module: String? {
        switch self {
        case .python: nil
        case .perl: BuiltBindings.modules + "/perl/auto/Flom/Flom.so"
        case .php: BuiltBindings.modules + "/php/flom.so"
        case .java: BuiltBindings.modules + "/java/libflom_java.so"
        }
    }

    /// The words that run a program.
    func words(_ program: String) -> [String] {
        switch self {
        case .python: ["python3", "-B", program]
        case .perl: ["perl", "-I\(BuiltBindings.modules)/perl", program]
        case .php: ["php", "-n", "-d", "extension=\(BuiltBindings.modules)/php/flom.so", program]
        case .java:
            [
                "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.library.path=\(BuiltBindings.modules)/java", "-cp",
                BuiltBindings.modules + "/java/flom.jar", program,
            ]
        }
    }

    /// The file of a program in `Bindings/programs`: `first_lock` is `FirstLock` in Java.
    func program(_ name: String) -> String {
        let file = self == .java ? name.split(separator: "_").map(\.capitalized).joined() : name
        return Program.repository + "/Bindings/programs" + "/\(rawValue)/\(file).\(ending)"
    }

    /// The ten-line program of docs/library.md.
    var example: String { Program.repository + "/docs/library" + (self == .java ? "/Example" : "/example") + ".\(ending)" }

    private var ending: String {
        switch self {
        case .python: "py"
        case .perl: "pl"
        case .php, .java: rawValue
        }
    }

    static let environment = [
        "LD_LIBRARY_PATH": BuiltBindings.library, "FLOM_LIBRARY": BuiltBindings.library + "/libflom.so.0",
        "PYTHONPATH": Program.repository + "/Bindings/python", "PYTHONDONTWRITEBYTECODE": "1",
    ]
}

extension Sandbox {
    /// Runs a program of a language to its end. What it has to start for itself is the program under test.
    func run(
        _ program: String, _ language: Language, _ words: [String] = [], environment: [String: String] = [:],
        within limit: Duration = patience
    ) async throws -> Outcome {
        let all = Language.environment.merging(["FLOM_PROGRAM": self.program]) { $1 }.merging(environment) { $1 }
        return try await start(language.words(program) + words, environment: all).wait(within: limit)
    }

    /// Lets the configuration name the socket and the journal, for programs that know of none.
    func configureSocket() throws {
        let text = "[Resource]\n[Daemon]\nSocketName=\(socket)\n[Network]\n[Journal]\nFile=\(journal)\n"
        try Files.write(text, to: path("home/.flom"))
    }
}
