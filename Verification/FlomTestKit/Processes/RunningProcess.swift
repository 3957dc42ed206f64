package import Foundation
import Synchronization

/// How a process ended.
package enum Ending: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }
}

/// The result of a process that has ended.
package struct Outcome: Sendable, CustomStringConvertible {
    package let ending: Ending
    package let outputBytes: [UInt8]
    package let errorBytes: [UInt8]

    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
    package var errors: String { String(decoding: errorBytes, as: UTF8.self) }
    /// The exit status; nil if a signal ended the process.
    package var status: Int32? { if case .exited(let status) = ending { status } else { nil } }

    package var description: String { "\(ending), stdout: \(output.debugDescription), stderr: \(errors.debugDescription)" }
}

/// A process that a test has started, and that only `wait` reaps.
package final class RunningProcess: Sendable {
    package let pid: pid_t
    private let words: [String]
    private let outputPath: String
    private let errorPath: String
    private let ending = Mutex<Ending?>(nil)

    init(_ birth: Birth) throws {
        pid = try Spawning.start(birth)
        words = birth.words
        outputPath = birth.output
        errorPath = birth.errors
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { poll() == nil }

    package var outputSoFar: String { String(decoding: Files.bytes(of: outputPath) ?? [], as: UTF8.self) }
    package var errorsSoFar: String { String(decoding: Files.bytes(of: errorPath) ?? [], as: UTF8.self) }

    package func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for its end.
    @discardableResult
    package func wait(within limit: Duration = patience) async throws -> Outcome {
        let ending = try await found("`\(words.joined(separator: " "))` ended; so far it said: \(errorsSoFar)", within: limit) {
            poll()
        }
        return Outcome(
            ending: ending, outputBytes: Files.bytes(of: outputPath) ?? [], errorBytes: Files.bytes(of: errorPath) ?? [])
    }

    private func poll() -> Ending? {
        ending.withLock { ending in
            if ending == nil {
                var status: Int32 = 0
                if waitpid(pid, &status, WNOHANG) == pid { ending = Ending(waitStatus: status) }
            }
            return ending
        }
    }
}
