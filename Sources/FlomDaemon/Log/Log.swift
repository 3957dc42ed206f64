package import FlomSettings
internal import Synchronization

/// The daemon's log, for the administrator: what began, ended, was refused or went wrong; `docs/logging.md` lists it.
///
/// From any thread. Nothing here waits for whoever reads the log, and nothing fails the daemon: what cannot be written is counted,
/// and the next line that can says how many are missing. Before `begin`, and so in every client, nothing is logged.
///
/// Sentences name no secrets, and of command lines only what the journal may record.
package enum Log {
    package typealias Level = LogLevel

    package enum Destination: Sendable {
        /// The journal of systemd; without one syslog.
        case system
        /// A line each, for whoever runs the daemon in the foreground.
        case standardError
    }

    /// -1: nothing is logged.
    private static let threshold = Atomic<Int32>(-1)
    private static let sink = Mutex<LogSink?>(nil)

    /// - Parameter endpoint: what the daemon listens on, for the journal's field `FLOM_ENDPOINT`.
    package static func begin(_ level: Level, to destination: Destination, endpoint: String) {
        sink.withLock { $0 = LogSink(destination, endpoint: endpoint) }
        setLevel(level)
    }

    /// From now on.
    package static func setLevel(_ level: Level) { threshold.store(level.priority, ordering: .relaxed) }

    package static func isOn(_ level: Level) -> Bool { threshold.load(ordering: .relaxed) >= level.priority }

    /// - Parameters:
    ///   - sentence: without a final stop. Made only if it is logged.
    ///   - id: 1.7.2's number of the event if it is the same one (`FLM003N`), or one of ours from 100 on.
    package static func error(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.error, sentence, id) }
    package static func warning(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.warning, sentence, id) }
    package static func notice(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.notice, sentence, id) }
    package static func info(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.info, sentence, id) }
    package static func debug(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.debug, sentence, id) }

    private static func write(_ level: Level, _ sentence: () -> String, _ id: String?) {
        guard isOn(level) else { return }
        let line = LogLine(level: level, id: id, sentence: sentence())
        sink.withLock { $0?.write(line) }
    }
}
