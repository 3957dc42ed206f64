package import FlomModel
internal import FlomNetCore
package import FlomSettings
internal import FlomWire

/// Everything that options and configuration files can set, with the defaults of 1.7.2 and ours.
package struct Settings {
    package var verbose = false

    /// What `-r` names, in the order given; empty: the unnamed resource.
    private var resources: [LockPart] = []
    /// Whether `resources` comes from a file that is being read or has been read: what is typed replaces it.
    var resourcesAreInherited = true
    /// Milliseconds; negative waits for ever, 0 does not wait.
    package var timeoutMilliseconds: Int32 = -1
    /// Of resources of which nothing else is said.
    package private(set) var mode = LockMode.exclusive
    /// Whether `-l` or its key was given: a kind without modes then says that it ignores it.
    package private(set) var namesMode = false
    /// As `mode`.
    package private(set) var quantity: Int32 = 1
    /// Whether a nested request may be refused because it could never be granted.
    package var deadlock = DeadlockAnswer.refuse
    package var mayCreate = true
    package var idleLifespanMilliseconds: Int32 = 0

    package var onLost = OnLost.warn
    package var onOrphan = OnOrphan.hold
    package var lease = Lease.time

    /// What a daemon that is started by this is started with, as far as options say it in full; `daemonSettings` does the rest. Some
    /// of it holds for the command, too.
    package var daemon = DaemonSettings()

    /// Nil is the default socket of the real uid.
    var socketName: String?
    var queuePolicy = QueuePolicyWord.bounded
    /// 1.7.2's status file system: listed, and refused when a command is to run.
    var mountPoint: String?
    /// Milliseconds after which a waiter is not overtaken any more, under the bounded policy.
    var maxOvertakeMilliseconds = QueuePolicy.defaultMaxOvertakeMilliseconds

    /// A name or an address; nil if the daemon is not reached by address.
    package var unicastAddress: String?
    package var unicastPort = NetworkDefaults.port
    /// A multicast group; nil if the daemon is not searched for.
    package var multicastAddress: String?
    package var multicastPort = NetworkDefaults.port
    package var networkInterface: String?

    package var tls = TLSOptions()

    /// What flom does while the command runs.
    package var monitor = MonitorSettings()
    /// What is said of rights apart from the rules.
    package var access = AccessOptions()
    /// Where in a file stands what is being read; nil for what is typed.
    package var place: String?

    /// What the user should know of values that are accepted and change nothing, in sentences.
    package private(set) var remarks: [String] = []

    /// The file of the command's traces; nil: it traces to stderr.
    package var commandTraceFile: String?

    // Only on the command line.
    package var configurationFile: String?
    /// Comes before every action.
    package var debugFeature: String?
    /// What `--print` prints.
    var printed: PrintedText?
    package var action = Action.run
    /// What a report shows and how.
    package var report = ReportSettings()
    /// What --status and --check do beyond that.
    package var status = StatusSettings()
    /// What is done with a journal.
    package var maintenance = Maintenance()
    /// The number of a request.
    package var request: Int64?
    /// Why a person breaks a lock.
    package var reason = ""
    /// No question is asked.
    package var isConfirmed = false
    /// Whether `{}` in the command's words stands for the element.
    package var hasElementPlaceholder = false
    /// Whether `-r` was given: a report without it is about all resources.
    package var namesResource = false
    /// What `-r` named where only a report can mean it: `backup*`.
    package private(set) var resourcePattern: [UInt8]?

    package init() {}

    /// In the order given, at least one.
    package var parts: [LockPart] { resources.isEmpty ? [LockPart(.unnamed, mode, quantity: quantity)] : resources }

    /// Of the first resource, as it was given: whether its kind has any does not matter.
    var firstMode: LockMode { resources.first?.mode ?? mode }
    var firstQuantity: Int32 { resources.first?.quantity ?? quantity }

    mutating func want(_ name: ResourceName) throws(Value.Refused) {
        if resourcesAreInherited { resources.removeAll() }
        guard resources.count < PartLimit.resources else {
            throw Value.Refused(accepted: "at most \(PartLimit.resources) resources for one command")
        }
        resourcesAreInherited = false
        resources.append(LockPart(name, mode, quantity: quantity))
        namesResource = true
    }

    /// The name of a resource, or what names look like: which of the two `-r` may give, the action decides.
    mutating func want(nameOrPattern bytes: [UInt8]) throws(Value.Refused) {
        do { try want(try Value.resourceName(bytes)) } catch {
            guard bytes.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else { throw error }
            resourcePattern = bytes
        }
    }

    /// Before the first resource it holds for all, after one for that one.
    mutating func want(mode: LockMode) {
        namesMode = true
        if resourcesAreInherited {
            self.mode = mode
            for index in resources.indices { resources[index].mode = mode }
        } else {
            resources[resources.count - 1].mode = mode
        }
    }

    /// As `want(mode:)`. One that is not positive changes nothing.
    mutating func want(quantity: Int32) {
        if quantity < 0 { remarks.append("the resource quantity \(quantity) is negative and is ignored") }
        guard quantity > 0 else { return }
        if resourcesAreInherited {
            self.quantity = quantity
            for index in resources.indices { resources[index].quantity = quantity }
        } else {
            resources[resources.count - 1].quantity = quantity
        }
    }

    package enum Action {
        case run
        case history
        case status
        case check
        case stats
        case shutdown(immediate: Bool)
        case breakLock
        case restart
        /// flom is the daemon itself.
        case foreground
        /// What `maintenance` says.
        case journal
        /// Runs the command if its fencing token is not older than the newest in this file.
        case fence(file: String)
        /// Every setting, with where it comes from.
        case showConfiguration
        /// What may be wrong, and what to do.
        case doctor
        /// Shows who may do what.
        case accessTest
    }
}

package enum QueuePolicyWord: String, CaseIterable {
    case bounded
    case fifo
    case overtake
}

/// What becomes of the command when its lock is lost.
package enum OnLost: String, CaseIterable {
    case warn
    case term
    case kill
}

/// What becomes of the command when its flom is gone.
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
