package import FlomModel
internal import FlomNetCore
package import FlomSettings

/// Everything that options and configuration files can set, with its defaults.
package struct Settings {
    package var verbose = false

    /// The resources of `-r`, in order; empty for the unnamed resource.
    var resources: [LockPart] = []
    /// Milliseconds; negative waits for ever, 0 does not wait.
    package var timeoutMilliseconds: Int32 = -1
    /// The mode of resources without a mode of their own.
    package internal(set) var mode = LockMode.exclusive
    /// Whether `-l` or its key was given; a kind without modes then reports that it is ignored.
    package internal(set) var namesMode = false
    /// The quantity of resources without a quantity of their own.
    package internal(set) var quantity: Int32 = 1
    /// Whether a nested request may be refused because it could never be granted.
    package var deadlock = DeadlockAnswer.refuse
    package var mayCreate = true
    package var idleLifespanMilliseconds: Int32 = 0

    package var onLost = OnLost.warn
    package var onOrphan = OnOrphan.hold
    package var lease = Lease.time

    /// The settings of a daemon that this command starts, as far as options give them in full; `daemonSettings` adds the rest.
    /// Some of them also apply to the command.
    package var daemon = DaemonSettings()

    /// The socket's path; nil for the default socket of the real uid.
    var socketName: String?
    var queuePolicy = QueuePolicyWord.bounded
    /// Milliseconds after which a waiter is no longer overtaken, under the bounded policy.
    var maxOvertakeMilliseconds = QueuePolicy.defaultMaxOvertakeMilliseconds

    /// The daemon's name or address; nil if it is not reached by address.
    package var unicastAddress: String?
    package var unicastPort = NetworkDefaults.port
    /// The daemon's multicast group; nil if it is not searched for.
    package var multicastAddress: String?
    package var multicastPort = NetworkDefaults.port
    package var networkInterface: String?

    package var tls = TLSOptions()

    /// The options about flom while the command runs.
    package var monitor = MonitorSettings()
    /// The access options apart from the rules.
    package var access = AccessOptions()

    /// Sentences for the user about values that are accepted without effect.
    package internal(set) var remarks: [String] = []

    /// The file of the command's traces; nil for stderr.
    package var commandTraceFile: String?

    // Settings of the command line only.
    package var configurationFile: String?
    /// The debug feature, which precedes every action.
    package var debugFeature: String?
    /// The text of `--print`.
    var printed: PrintedText?
    package var action = Action.run
    /// The contents and form of a report.
    package var report = ReportSettings()
    /// The further options of --status and --check.
    package var status = StatusSettings()
    /// The tasks for a journal.
    package var maintenance = Maintenance()
    /// The request number of `--request`.
    package var request: Int64?
    /// The reason why a person breaks a lock.
    package var reason = ""
    /// Whether breaking needs no confirmation.
    package var isConfirmed = false
    /// Whether `{}` in the command's words stands for the element.
    package var hasElementPlaceholder = false
    /// Whether `-r` named a resource on the command line; a report without it concerns all resources.
    package internal(set) var namesResource = false
    /// The pattern of `-r`, which only a report accepts: `backup*`.
    package internal(set) var resourcePattern: [UInt8]?

    package init() {}

    /// The resources in order, at least one.
    package var parts: [LockPart] { resources.isEmpty ? [LockPart(.unnamed, mode, quantity: quantity)] : resources }

    /// The mode of the first resource as it was given, whether or not its kind has modes.
    var firstMode: LockMode { resources.first?.mode ?? mode }
    var firstQuantity: Int32 { resources.first?.quantity ?? quantity }

    package enum Action {
        case run
        case history
        case status
        case check
        case stats
        case shutdown(immediate: Bool)
        case breakLock
        case restart
        /// Be the daemon in this process.
        case foreground
        /// Do the tasks of `maintenance`.
        case journal
        /// Run the command if its fencing token is not older than the newest in this file.
        case fence(file: String)
        /// Show every setting and its origin.
        case showConfiguration
        /// Report problems and remedies.
        case doctor
        /// Show what a peer may do.
        case accessTest
    }
}

package enum QueuePolicyWord: String, CaseIterable {
    case bounded
    case fifo
    case overtake
}

/// What happens to the command when its lock is lost.
package enum OnLost: String, CaseIterable {
    case warn
    case term
    case kill
}

/// What happens to the command when its flom is gone.
package enum OnOrphan: String, CaseIterable {
    case hold
    case kill
}

/// What ends the lock of a holder on another host that cannot be seen.
package enum Lease: String, CaseIterable {
    case time
    case none
}

package enum DeadlockAnswer: String, CaseIterable {
    case refuse
    case wait
}
