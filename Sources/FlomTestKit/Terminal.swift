package import Foundation

/// A terminal with a screen that can be read and a keyboard to type on, played by tmux. It ends with its sandbox.
package final class Terminal: Sendable {
    private let box: Sandbox
    private let socket: String
    /// Of what runs on it.
    package let pid: pid_t

    package static let isPossible = Conditions.hasProgram("tmux")
    package static let need = "needs tmux"

    /// Runs a command on a terminal of its own. When it has ended, the screen stays as it was.
    package init(_ box: Sandbox, columns: Int = 100, rows: Int = 12, _ words: [String]) async throws {
        self.box = box
        socket = box.path("tmux-\(UUID().uuidString.prefix(8))")
        let settings = socket + ".conf"
        try Files.write(
            "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g status off\nset -g window-size manual\n",
            to: settings)
        let begun = try await box.run(
            ["tmux", "-S", socket, "-f", settings, "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "--"] + words)
        guard begun.status == 0 else { throw NeverHappened(description: "no terminal: \(begun)") }
        let text = try await Self.ask(box, socket, ["display-message", "-p", "#{pane_pid}"])
        guard let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw NeverHappened(description: "tmux does not say which process: \(text)")
        }
        self.pid = pid
    }

    /// What is to be seen now, a line each, without the empty ones at the end.
    package func screen() async throws -> [String] {
        var lines = try await Self.ask(box, socket, ["capture-pane", "-p"]).split(
            separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    /// Waits until what is to be seen is as wanted.
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

    /// The exit status of the command, 128 and the signal's number if one ended it; nil while it runs.
    package func status() async throws -> Int32? {
        let words = try await Self.ask(
            box, socket, ["display-message", "-p", "#{pane_dead} #{pane_dead_status} #{pane_dead_signal}"])
        let parts = words.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.first == "1", parts.count == 3 else { return nil }
        return Int32(parts[1]) ?? Int32(parts[2]).map { $0 + 128 }
    }

    private static func ask(_ box: Sandbox, _ socket: String, _ words: [String]) async throws -> String {
        let outcome = try await box.run(["tmux", "-S", socket] + words)
        guard outcome.status == 0 else { throw NeverHappened(description: "tmux \(words): \(outcome)") }
        return outcome.output
    }
}
