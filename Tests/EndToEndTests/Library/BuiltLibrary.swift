import FlomTestKit
import Foundation
import Testing

/// What `tools/make-library` leaves, and the programs of these tests, which are compiled with it.
enum BuiltLibrary {
    static let directory = ProcessInfo.processInfo.environment["FLOM_LIBRARY_DIRECTORY"] ?? Program.repository + "/.build/library"
    static let lib = directory + "/lib"
    static let include = directory + "/include"

    /// The condition of each suite here.
    static let isThere = Files.exists(lib + "/libflom.so.0") && Conditions.hasProgram("cc") && Conditions.hasProgram("c++")
    static let need: Comment = "needs a C and a C++ compiler, and what tools/make-library makes"

    /// Words of a compiler that link a program with the shared library.
    static let shared = ["-L\(lib)", "-lflom", "-Wl,-rpath,\(lib)"]
    /// … with the static one.
    static let `static` = ["-L\(lib)", "-l:libflom.a", "-lm"]

    static func source(_ name: String) -> String { Program.repository + "/Tests/EndToEndTests/Library/Programs/" + name }
}

/// The compiled programs, each compiled once for all tests.
actor CompiledPrograms {
    private static let shared = CompiledPrograms()
    private let directory: String
    private var programs: [[String]: Task<String, any Error>] = [:]

    private init() {
        // Not in a sandbox: its end would take the programs along. The last run's are removed by the next one.
        directory = NSTemporaryDirectory() + "/flomtest-programs-\(getpid())"
    }

    /// The path of a program.
    ///
    /// - Parameters:
    ///   - source: a file of `Programs`, or an absolute path.
    ///   - options: further words of the compiler.
    ///   - linking: how it is linked with the library.
    static func path(_ source: String, _ options: [String] = [], linking: [String] = BuiltLibrary.shared) async throws -> String {
        try await shared.program(source, options, linking)
    }

    private func program(_ source: String, _ options: [String], _ linking: [String]) async throws -> String {
        let key = [source] + options + linking
        if let task = programs[key] { return try await task.value }
        let number = programs.count
        let task = Task { try await compile(source, options, linking, number) }
        programs[key] = task
        return try await task.value
    }

    private func compile(_ source: String, _ options: [String], _ linking: [String], _ number: Int) async throws -> String {
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = source.hasPrefix("/") ? source : BuiltLibrary.source(source)
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let output = "\(directory)/\(number)-\(name.split(separator: ".")[0])"
        let compiler = name.hasSuffix(".cc") ? ["c++", "-std=c++11"] : ["cc", "-std=c99", "-D_GNU_SOURCE"]
        let box = try Sandbox()
        defer { box.close() }
        let words =
            compiler + ["-g", "-Wall", "-Wextra", "-Werror", "-I", BuiltLibrary.include] + options + ["-o", output, file]
            + linking
            + ["-lpthread"]
        let outcome = try await box.run(words)
        guard outcome.status == 0 else { throw NeverHappened(description: "\(words.joined(separator: " ")): \(outcome)") }
        return output
    }
}

extension Sandbox {
    /// The environment of programs here.
    var libraryEnvironment: [String: String] {
        ["FLOM": program, "FLOM_PROGRAM": program, "SOCKET": socket, "BOX": directory]
    }

    /// Runs a compiled program to its end.
    func runProgram(
        _ source: String, _ arguments: [String] = [], options: [String] = [], linking: [String] = BuiltLibrary.shared,
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        let path = try await CompiledPrograms.path(source, options, linking: linking)
        return try await run([path] + arguments, environment: libraryEnvironment.merging(environment) { $1 })
    }

    /// Plays a script, line by line: `CALL = RESULT` makes the call in a C program (see `script.c`) and expects the result, where `*` is any
    /// text. `@SOCKET` and `@BOX` stand for paths.
    ///
    /// - Returns: how the program ended.
    @discardableResult
    func play(
        _ script: String, environment: [String: String] = [:], under words: [String] = [], options: [String] = [],
        linking: [String] = BuiltLibrary.shared, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let process = try await startScript(script, environment: environment, under: words, options: options, linking: linking)
        let outcome = try await process.wait(within: .seconds(60))
        expect(outcome, toHavePlayed: script, sourceLocation: sourceLocation)
        return outcome
    }

    func startScript(
        _ script: String, environment: [String: String] = [:], under words: [String] = [], options: [String] = [],
        linking: [String] = BuiltLibrary.shared
    ) async throws -> RunningProcess {
        let file = path("script-\(UUID().uuidString)")
        let calls = lines(script).map { $0.call }
        try Files.write(calls.joined(separator: "\n") + "\n", to: file)
        let program = try await CompiledPrograms.path("script.c", options, linking: linking)
        return try start(
            words + [program], environment: libraryEnvironment.merging(environment) { $1 }, opening: [0: file])
    }

    /// Compares what a script has printed with what it says.
    func expect(_ outcome: Outcome, toHavePlayed script: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let expected = lines(script).compactMap { line in line.result.map { "\(line.call) = \($0)" } }
        let played = outcome.output.split(separator: "\n").map(String.init)
        for (index, line) in expected.enumerated() {
            let found = index < played.count ? played[index] : "nothing more"
            let isRight = line.hasSuffix("= *") ? found.hasPrefix(line.dropLast(1)) : found == line
            #expect(isRight, "line \(index + 1): '\(found)', not '\(line)'; \(outcome.errors)", sourceLocation: sourceLocation)
            if !isRight { return }
        }
        #expect(
            played.count == expected.count, "more was said: \(played.dropFirst(expected.count))", sourceLocation: sourceLocation)
    }

    private func lines(_ script: String) -> [(call: String, result: String?)] {
        let text = script.replacing("@SOCKET", with: socket).replacing("@BOX", with: directory)
        return text.split(separator: "\n").map { line in
            let line = line.drop { $0 == " " }
            guard let equals = line.range(of: " = ") else { return (String(line), nil) }
            return (String(line[..<equals.lowerBound]), String(line[equals.upperBound...]))
        }
    }
}
