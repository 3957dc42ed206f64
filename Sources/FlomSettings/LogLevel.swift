/// How urgent a line of the log is. The levels are syslog's, from the most urgent.
package enum LogLevel: String, CaseIterable, Sendable {
    /// Locks cannot be given, or what was promised is in danger.
    case error
    /// Somebody should look at it.
    case warning
    /// The beginnings and ends of daemons, and what people did to locks.
    case notice
    /// What becomes of single locks out of the ordinary.
    case info
    /// A line for each request.
    case debug

    /// The severity's number in syslog and in the journal of systemd.
    package var priority: Int32 {
        switch self {
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug: 7
        }
    }
}
