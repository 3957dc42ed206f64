package import FlomSettings
internal import Synchronization

/// The daemon's log, for the administrator: starts, ends, refusals and failures. `docs/logging.md` lists its lines.
///
/// Any thread may use it. No call waits for the reader of the log or fails the daemon: a line that cannot be written is counted,
/// and the next one that can be written tells the count. Before `begin`, and so in every client, nothing is logged.
///
/// Sentences contain no secrets, and show only those parts of command lines that the journal may record.
package enum Log {
    package typealias Level = LogLevel

    package enum Destination: Sendable {
        /// The journal of systemd, or syslog where there is none.
        case system
        /// Standard error, one line each, for a daemon in the foreground.
        case standardError
    }

    /// The priority of the least urgent level that is logged; -1 for none.
    private static let threshold = Atomic<Int32>(-1)
    private static let sink = Mutex<LogSink?>(nil)

    /// Starts logging.
    ///
    /// - Parameter endpoint: the name of the endpoint, for the journal field `FLOM_ENDPOINT`.
    package static func begin(_ level: Level, to destination: Destination, endpoint: String) {
        sink.withLock { $0 = LogSink(destination, endpoint: endpoint) }
        setLevel(level)
    }

    /// Sets the level for lines from now on.
    package static func setLevel(_ level: Level) { threshold.store(level.priority, ordering: .relaxed) }

    package static func isOn(_ level: Level) -> Bool { threshold.load(ordering: .relaxed) >= level.priority }

    /// - Parameters:
    ///   - sentence: without a full stop; evaluated only if it is logged.
    ///   - id: the number that 1.7.2 has for the same event (`FLM003N`), or one from 100 on.
    package static func error(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.error, sentence(), id: id) }
    package static func warning(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.warning, sentence(), id: id) }
    package static func notice(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.notice, sentence(), id: id) }
    package static func info(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.info, sentence(), id: id) }
    package static func debug(_ sentence: @autoclosure () -> String, id: String? = nil) { write(.debug, sentence(), id: id) }

    static func write(_ level: Level, _ sentence: @autoclosure () -> String, id: String?) {
        guard isOn(level) else { return }
        let line = LogLine(level: level, id: id, sentence: sentence())
        sink.withLock { $0?.write(line) }
    }
}
