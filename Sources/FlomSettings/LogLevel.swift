/// The levels of syslog that are used, from the most urgent.
package enum LogLevel: String, CaseIterable, Sendable {
    /// Locks cannot be given, or what was promised is in danger.
    case error
    /// An administrator should look at it.
    case warning
    /// A daemon has begun or ended, or a person has done something to a lock.
    case notice
    /// Something out of the ordinary has become of a single lock.
    case info
    /// A client has made a request.
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
