internal import FlomModel
internal import FlomReports

/// The files of a resource.
enum LockerFile: String, CaseIterable {
    case name = "resource_name"
    case type = "resource_type"
}

/// The files of a request. The first seven are those of 1.7.2.
enum ClientFile: String, CaseIterable {
    case peerName = "peer_name"
    case resourceName = "resource_name"
    case resourceType = "resource_type"
    case lockMode = "lock_mode"
    case quantity
    case sequenceValue = "sequence_value"
    case timestampValue = "timestamp_value"
    case element
    case path
    case pid
    case user
    case host
    case command
    case since
    case token
}

/// A request that has not ended.
struct StatusClient {
    enum Whereabouts: Hashable {
        /// It waits for a name that does not exist.
        case incubator
        case holders(Int64)
        case waitings(Int64)
    }

    let row: HistoryRow
    let kind: ResourceKind
    let whereabouts: Whereabouts
    /// The address and port of a client that is connected over TCP.
    let peer: String?

    var isHolder: Bool { if case .holders = whereabouts { true } else { false } }

    /// When it came to where it is, in microseconds since 1970-01-01 UTC.
    var since: Int64 { (isHolder ? row.grantedAt : nil) ?? row.queuedAt ?? row.askedAt }

    var files: [ClientFile] { ClientFile.allCases.filter(has) }

    func has(_ file: ClientFile) -> Bool {
        let isQueued = whereabouts != .incubator
        switch file {
        case .peerName, .pid, .user, .host, .command, .since: return true
        case .resourceName, .resourceType: return !isQueued
        case .token: return isHolder
        case .lockMode: return isQueued && kind.hasModes
        case .quantity: return isQueued && kind.hasQuantity
        case .path: if case .hierarchical = kind { return isQueued } else { return false }
        case .element: if case .set = kind { return isHolder } else { return false }
        case .sequenceValue: if case .sequence = kind { return isHolder } else { return false }
        case .timestampValue: if case .timestamp = kind { return isHolder } else { return false }
        }
    }

    /// - Returns: nil if this request has no such file.
    func content(of file: ClientFile) -> [UInt8]? {
        guard has(file) else { return nil }
        // Without the newline in 1.7.2 too, whose scripts compare it.
        if file == .lockMode { return Array(row.mode.longName.utf8) }
        let text: [UInt8]
        switch file {
        case .lockMode: return nil
        case .peerName:
            let host = row.uid == nil ? SafeText.shown(row.host) : "localhost"
            text = Array((peer ?? host + "/").utf8)
        case .resourceName, .path: text = row.resource
        case .resourceType: text = Array(kind.word.utf8)
        case .quantity: text = Array("\(row.quantity ?? 1)".utf8)
        case .element, .sequenceValue, .timestampValue: text = row.element ?? []
        case .pid: text = (row.commandPID ?? row.clientPID).map { Array("\($0)".utf8) } ?? []
        case .user: text = Array(SafeText.shown(row.user).utf8)
        case .host: text = Array(SafeText.shown(row.host).utf8)
        case .command: text = Array(SafeText.command(row.command).utf8)
        case .since: text = Array(TimeText.utc(since).utf8)
        case .token: text = row.token.map { Array("\($0.value)".utf8) } ?? []
        }
        // What is not known is an empty file.
        return text.isEmpty ? [] : text + [UInt8(ascii: "\n")]
    }
}
