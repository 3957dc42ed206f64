import Foundation

/// Reads over HTTP with curl, in a sandbox.
package struct HTTPReader: Sendable {
    private let box: Sandbox
    private let origin: String
    private let options: [String]

    /// - Parameters:
    ///   - place: as in `--http`.
    ///   - options: further options of curl.
    package init(_ box: Sandbox, _ place: String, options: [String] = [], scheme: String = "http") {
        self.box = box
        let isSocket = place.hasPrefix("/")
        origin = "\(scheme)://" + (isSocket ? "localhost" : place)
        self.options = options + (isSocket ? ["--unix-socket", place] : [])
    }

    package struct Answer: Sendable {
        package let status: Int
        /// The first line and the header.
        package let head: String
        package let body: String

        /// The value of a header field.
        package func field(_ name: String) -> String? {
            head.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    /// - Throws: when there is no answer.
    package func get(_ path: String, _ more: String...) async throws -> Answer {
        let outcome = try await box.run(words(path) + ["--include"] + more)
        let parts = outcome.output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard outcome.status == 0, let head = parts.first, let status = Int(head.dropFirst(9).prefix(3)) else {
            throw NeverHappened(description: "\(origin)\(path) is answered: \(outcome)")
        }
        return Answer(status: status, head: String(head), body: parts.count > 1 ? String(parts[1]) : "")
    }

    /// Begins to read a stream.
    package func stream(_ path: String, _ more: String...) throws -> RunningProcess {
        try box.start(words(path) + ["--no-buffer"] + more)
    }

    private func words(_ path: String) -> [String] {
        ["curl", "--silent", "--show-error", "--max-time", "60"] + options + [origin + path]
    }
}
