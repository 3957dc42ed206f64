internal import FlomModel

/// What requests are counted by.
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

/// What a history amounts to.
package struct Statistics: Sendable {
    package let by: StatisticsKey
    /// The span of time that is looked at, in microseconds since 1970-01-01 UTC.
    package let since: Int64
    package let until: Int64
    /// Those that made others wait longest come first.
    package let groups: [Group]

    /// The requests with one key.
    package struct Group: Sendable {
        /// Nil of what has been put together because there were too many keys to keep.
        package let key: [UInt8]?

        package internal(set) var requests = 0
        package internal(set) var grants = 0
        package internal(set) var refusals = 0
        package internal(set) var timeouts = 0
        package internal(set) var withdrawals = 0
        /// Taken from a holder that was proven gone, or by a person.
        package internal(set) var losses = 0
        /// Not ended.
        package internal(set) var open = 0

        /// Microseconds, of requests that have been granted or have ended.
        package internal(set) var waiting = SpanHistogram()
        /// Microseconds, of grants that have ended.
        package internal(set) var holding = SpanHistogram()
        /// Microseconds of the window in which at least one of them held.
        package internal(set) var busy: Int64 = 0
        package internal(set) var longestQueue = 0

        /// Microseconds that others waited for these, within the window.
        package internal(set) var caused: Int64 = 0
        /// Whose they were, the longest first.
        package internal(set) var blamed: [Blame] = []

        init(key: [UInt8]?) { self.key = key }
    }

    package struct Blame: Sendable {
        /// The command's words; nil for all that have been put together because there were too many to keep.
        package let command: [[UInt8]]?
        package let caused: Int64
    }

    /// The share of the window in which at least one of the group held, in millionths.
    package func utilisation(_ group: Group) -> Int64 {
        until > since ? Int64(Double(group.busy) / Double(until - since) * 1_000_000 + 0.5) : 0
    }
}
