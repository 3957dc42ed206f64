import Foundation

/// A terminal of tmux, with a screen that can be read and a keyboard to type on. It ends with its sandbox.
package final class Terminal: Sendable {
    private let box: Sandbox
    private let socket: String

    package static let isPossible = Conditions.hasProgram("tmux")
    package static let need = "needs tmux"

    /// Runs a command on a terminal of its own. When it has ended, the screen stays as it was.
    package init(_ box: Sandbox, columns: Int = 100, rows: Int = 12, _ words: [String]) async throws {
        self.box = box
        socket = box.path("tmux-\(UUID().uuidString.prefix(8))")
        try Files.write("set -g status off\n", to: socket + ".conf")
        // The shell goes on: with the last process of a terminal tmux forgets what was on it. ^C is not for the shell.
        let script = #"trap : INT; "$@"; echo $? > "$0.new"; mv "$0.new" "$0"; exec sleep 1000000"#
        let begun = try await box.run(
            ["tmux", "-S", socket, "-f", socket + ".conf", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "--"]
                + ["sh", "-c", script, socket + ".status"] + words)
        guard begun.status == 0 else { throw NeverHappened(description: "no terminal: \(begun)") }
    }

    /// The lines on the screen now, without the empty ones at the end.
    package func screen() async throws -> [String] {
        var lines = try await Self.ask(box, socket, ["capture-pane", "-p"]).split(
            separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    /// Waits until the screen is as wanted.
    @discardableResult
    package func shows(_ what: String, _ isWanted: ([String]) -> Bool) async throws -> [String] {
        var last: [String] = []
        do {
            return try await found(what) {
                last = try await screen()
                return isWanted(last) ? last : nil
            }
        } catch { throw NeverHappened(description: "the terminal never showed \(what), but\n\(last.joined(separator: "\n"))") }
    }

    /// - Parameter key: as tmux names it: `q`, `C-c`, `Enter`.
    package func type(_ key: String) async throws { _ = try await Self.ask(box, socket, ["send-keys", key]) }

    package func resize(columns: Int, rows: Int) async throws {
        _ = try await Self.ask(box, socket, ["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// The exit status of the command; nil while it runs.
    package func status() -> Int32? { Files.text(of: socket + ".status").flatMap { Int32($0.dropLast()) } }

    private static func ask(_ box: Sandbox, _ socket: String, _ words: [String]) async throws -> String {
        let outcome = try await box.run(["tmux", "-S", socket] + words)
        guard outcome.status == 0 else { throw NeverHappened(description: "tmux \(words): \(outcome)") }
        return outcome.output
    }
}
