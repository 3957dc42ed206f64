internal import FlomDaemon
internal import FlomEngine
internal import FlomStore

/// Everything that options and configuration files can set, with the defaults of 1.7.2 and ours.
struct Settings {
    var verbose = false

    var resource = ResourceName.unnamed
    /// Milliseconds; negative waits for ever, 0 does not wait.
    var timeoutMilliseconds: Int32 = -1
    var mode = LockMode.exclusive
    var mayCreate = true
    var idleLifespanMilliseconds: Int32 = 0

    /// Nil is the default socket of the real uid.
    var socketName: String?
    var socketMode: UInt32?
    /// Milliseconds; negative lives for ever, 0 starts none.
    var daemonLifespanMilliseconds: Int32 = 5000
    var queuePolicy = QueuePolicy.bounded

    var journalPath: String?
    var sync = Journal.SyncLevel.auto

    // Only on the command line.
    var configurationFile: String?
    var action = Action.run
    var format = ReportFormat.table
    var limit: Int?
    /// Whether `-r` was given: a report without it is about all resources.
    var namesResource = false

    enum Action {
        case run
        case history
        case status
        case help
        case version
    }
}

enum ReportFormat: String, CaseIterable {
    case table
    case json
}
