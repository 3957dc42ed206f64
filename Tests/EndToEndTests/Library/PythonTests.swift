import FlomTestKit
import Foundation
import Testing

/// The Python module: its own tests, its types, its installation, and the network.
@Suite(.enabled(if: Conditions.hasProgram("python3"), "needs python3"))
struct PythonTests {
    private static let folder = Program.repository + "/Bindings/python"

    /// The tests in `Bindings/python/tests`, under a daemon of their own.
    @Test(.enabled(if: BuiltBindings.hasLibrary, "\(BuiltBindings.need)"), arguments: ["lock", "process", "aio", "flat"])
    func itsOwnTests(name: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let environment = [
            "PYTHONPATH": "\(Self.folder):\(Self.folder)/tests", "FLOM_TEST_DIRECTORY": box.directory,
            "FLOM_INCLUDE": Program.repository + "/Sources/CFlomLibrary/include",
        ]
        let outcome = try await box.run(
            Self.folder + "/tests/test_\(name).py", .python, ["-q"], environment: environment, within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(.enabled(if: BuiltBindings.hasLibrary, "\(BuiltBindings.need)"))
    func itLocksOverTheNetworkWithTLS() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let certificates = Certificates(in: box)
        let id = Conditions.machineID ?? "nobody"
        try await certificates.make(id)
        let port = try FreePort.find()
        let place = ["-a", "127.0.0.1", "-p", "\(port)", "--journal", box.journal, "-d", "60000"]
        #expect(try await box.run([box.program] + place + certificates.options(id) + ["--", "true"]).status == 0)
        let words = ["\(port)", certificates.certificate(id), certificates.key(id), certificates.authority]
        let outcome = try await box.run(Language.python.program("far"), .python, words)
        #expect(outcome.output == "True\nrefused\n" && outcome.status == 0, "\(outcome)")
    }

    @Test(.enabled(if: Conditions.hasProgram("mypy"), "needs mypy")) func itsTypesAreStrict() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let use = try #require(Files.text(of: Self.folder + "/tests/typed_use.py"))
        try Files.write(use, to: box.path("use.py"))
        let words = ["mypy", "--strict", "--cache-dir", box.path("cache"), "--python-version", "3.11", Self.folder + "/flom"]
        let outcome = try await box.start(words + [box.path("use.py")], environment: ["MYPYPATH": Self.folder])
            .wait(within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome)")
        try Files.write(use + "flom.lock(\"a\", colour=2)\n", to: box.path("use.py"))
        let wrong = try await box.start(words + [box.path("use.py")], environment: ["MYPYPATH": Self.folder])
            .wait(within: .seconds(120))
        #expect(wrong.status == 1 && wrong.output.contains("colour"), "\(wrong)")
    }

    /// Without a network, and without leaving anything in the checkout.
    @Test(.enabled(if: Conditions.succeeds(["python3", "-m", "pip", "--version"]), "needs pip"))
    func pipInstallsIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        func sources() -> Set<String> { Set(Files.names(in: Self.folder)).subtracting(["__pycache__"]) }
        let before = sources()
        let install = ["python3", "-m", "pip", "install", "-q", "--no-index", "--disable-pip-version-check", "--target"]
        let outcome = try await box.start(install + [box.path("site"), Self.folder]).wait(within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(sources() == before)
        #expect(Files.names(in: box.path("site")).contains { $0.hasSuffix(".dist-info") })
        let modules = Set(Files.names(in: Self.folder + "/flom")).subtracting(["__pycache__"])
        #expect(Set(Files.names(in: box.path("site/flom"))).subtracting(["__pycache__"]) == modules)
        let version = try await box.run([box.program, "--version"]).output
        let ask = "import importlib.metadata as m, flom; print(m.version('flom'))"
        let asked = try await box.run(["python3", "-c", ask], environment: ["PYTHONPATH": box.path("site")])
        #expect(asked.status == 0 && version.contains(asked.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(asked)")
    }
}
