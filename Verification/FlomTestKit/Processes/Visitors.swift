import Foundation

/// Clients that come one after the other, several at a time, for as long as a test wants. They count failures, and the time that
/// the slowest client took.
package struct Visitors: Sendable {
    private let process: RunningProcess
    private let stop: String

    package struct Report: Decodable, Sendable {
        package let clients: Int
        /// Milliseconds from its start to its end.
        package let longest: Double
        /// The clients with a status other than 0 or words on stderr, a line each.
        package let failures: [String]
    }

    /// - Parameters:
    ///   - commands: a command for each visitor, which runs it again and again.
    ///   - start: starts a program at the place of the visitors.
    package init(_ commands: [[String]], in box: Sandbox, start: ([String]) throws -> RunningProcess) throws {
        stop = box.path("stop-\(UUID().uuidString)")
        let words = String(decoding: try JSONEncoder().encode(commands), as: UTF8.self)
        process = try start(["python3", "-c", Self.script, stop, words])
    }

    /// The number of clients so far.
    package var count: Int { process.outputSoFar.count { $0 == "." } }

    package func leave() async throws -> Report {
        try Files.write("", to: stop)
        let outcome = try await process.wait()
        guard outcome.status == 0, let line = outcome.output.split(separator: "\n").last else {
            throw NeverHappened(description: "the visitors: \(outcome)")
        }
        return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
    }

    /// Runs in a process of its own, where waiting for a client's end does not cost more than the client.
    private static let script = """
        import json, os, subprocess, sys, threading, time
        stop, commands = sys.argv[1], json.loads(sys.argv[2])
        report = {"clients": 0, "longest": 0.0, "failures": []}
        lock = threading.Lock()

        def visit(words):
            while not os.path.exists(stop):
                start = time.monotonic()
                client = subprocess.run(words, capture_output=True, text=True)
                milliseconds = (time.monotonic() - start) * 1000
                with lock:
                    report["clients"] += 1
                    report["longest"] = max(report["longest"], milliseconds)
                    if client.returncode != 0 or client.stderr:
                        report["failures"].append(f"{client.returncode} {client.stderr.strip()}")
                    print(".", end="", flush=True)

        visitors = [threading.Thread(target=visit, args=(words,)) for words in commands]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        print()
        print(json.dumps(report))
        """
}
