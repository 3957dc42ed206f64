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
    /// Whether `-l` or its key was given: a kind without modes then says that it ignores it.
    var namesMode = false
    var quantity: Int32 = 1
    var mayCreate = true
    var idleLifespanMilliseconds: Int32 = 0

    /// Nil is the default socket of the real uid.
    var socketName: String?
    var socketMode: UInt32?
    /// Milliseconds; negative lives for ever, 0 starts none.
    var daemonLifespanMilliseconds: Int32 = 5000
    var queuePolicy = QueuePolicy.bounded

    /// A name or an address; nil if the daemon is not reached by address.
    var unicastAddress: String?
    var unicastPort = NetworkDefaults.port
    /// A multicast group; nil if the daemon is not searched for.
    var multicastAddress: String?
    var multicastPort = NetworkDefaults.port
    var networkInterface: String?
    var discoveryAttempts = 2
    var discoveryTimeoutMilliseconds = 500
    /// Hops that a discovery query may travel.
    var discoveryTTL = 1
    var keepaliveSeconds = 60
    var keepaliveIntervalSeconds = 10
    var keepaliveProbes = 6

    var journalPath: String?
    var sync = Journal.SyncLevel.auto

    // Only on the command line.
    var configurationFile: String?
    var action = Action.run
    var format = ReportFormat.table
    var limit: Int?
    /// Whether `{}` in the command's words stands for the element.
    var hasElementPlaceholder = false
    /// Whether `-r` was given: a report without it is about all resources.
    var namesResource = false

    enum Action {
        case run
        case history
        case status
        case shutdown(immediate: Bool)
        case help
        case version
    }
}

enum ReportFormat: String, CaseIterable {
    case table
    case json
}
