internal import FlomModel

/// The key by which requests are grouped.
package enum StatisticsKey: String, CaseIterable, Sendable {
    case resource
    case user
    case host
    case command

    func bytes(of row: HistoryRow) -> [UInt8] {
        switch self {
        case .resource: row.resource
        case .user: Array(row.user.utf8)
        case .host: Array(row.host.utf8)
        case .command: CommandWords.join(row.command)
        }
    }
}

/// The statistics of a history.
package struct Statistics: Sendable {
    package let by: StatisticsKey
    /// The start of the window, in microseconds since 1970-01-01 UTC.
    package let since: Int64
    package let until: Int64
    /// The groups in descending order of the waiting time that they caused.
    package let groups: [Group]

    /// The requests with one key.
    package struct Group: Sendable {
        /// The key; nil for the group that sums up all keys beyond the limit.
        package let key: [UInt8]?

        package internal(set) var requests = 0
        package internal(set) var grants = 0
        package internal(set) var refusals = 0
        package internal(set) var timeouts = 0
        package internal(set) var withdrawals = 0
        /// Locks that were taken from a holder, because it was proven gone or by a person.
        package internal(set) var losses = 0
        /// Requests that have not ended.
        package internal(set) var open = 0

        /// Microseconds of waiting, for requests that were granted or have ended.
        package internal(set) var waiting = SpanHistogram()
        /// Microseconds of holding, for grants that have ended.
        package internal(set) var holding = SpanHistogram()
        /// Microseconds of the window in which at least one request of the group held its lock.
        package internal(set) var busy: Int64 = 0
        package internal(set) var longestQueue = 0

        /// Microseconds within the window that other requests waited for those of this group.
        package internal(set) var caused: Int64 = 0
        /// The commands that caused the waiting, in descending order of the time.
        package internal(set) var blamed: [Blame] = []

        init(key: [UInt8]?) { self.key = key }
    }

    package struct Blame: Sendable {
        /// The command's words; nil for all commands beyond the limit.
        package let command: [[UInt8]]?
        package let caused: Int64
    }

    /// The share of the window in which at least one request of the group held its lock, in millionths.
    package func utilisation(_ group: Group) -> Int64 {
        until > since ? Int64(Double(group.busy) / Double(until - since) * 1_000_000 + 0.5) : 0
    }
}
