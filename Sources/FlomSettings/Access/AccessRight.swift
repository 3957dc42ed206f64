/// A right that a rule allows or denies, under the word that rules use.
package enum AccessRight: String, CaseIterable, Hashable, Sendable {
    /// Ask for locks.
    case lock
    /// See who holds, waits, held and waited, without what others ran.
    case read
    /// See the arguments of other people's commands.
    case readCommands = "read-commands"
    /// Take other people's locks away.
    case breakLock = "break"
    /// End the daemon, or replace it.
    case shutdown
    /// Remove what has ended from the journal.
    case prune

    /// Whether a rule may confine it to some resources.
    package var namesResource: Bool {
        switch self {
        case .lock, .read, .readCommands, .breakLock: true
        case .shutdown, .prune: false
        }
    }

    /// The wish in words that complete "may not".
    package func wish(_ resource: String?) -> String {
        let named = resource.map { " '\($0)'" } ?? ""
        return switch self {
        case .lock: "lock\(named)"
        case .read: "see who holds\(named.isEmpty ? " what" : named)"
        case .readCommands: "see others' commands"
        case .breakLock: "break a lock" + (named.isEmpty ? "" : " on\(named)")
        case .shutdown: "end or replace the daemon"
        case .prune: "remove something from its journal"
        }
    }
}
