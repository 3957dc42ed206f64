extension Sandbox {
    /// Writes a program for the tests to execute. A process of its own writes it: a child that another test starts meanwhile would inherit
    /// the descriptor of the file, and a program that is open for writing cannot be executed.
    ///
    /// - Parameters:
    ///   - name: in the sandbox's directory.
    ///   - mode: as chmod takes it.
    package func writeProgram(_ text: String, named name: String, mode: String = "755") async throws {
        let script = #"printf '%s' "$1" >"$2" && chmod "$3" "$2""#
        let outcome = try await run(["sh", "-c", script, "sh", text, path(name), mode])
        guard outcome.status == 0 else { throw NeverHappened(description: "'\(name)' could not be written: \(outcome)") }
    }
}
