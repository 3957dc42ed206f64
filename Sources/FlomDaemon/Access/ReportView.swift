internal import FlomEngine
internal import FlomModel
internal import FlomSettings

/// The part of the journal that a peer is shown: which rows, and for which rows the arguments of the command.
struct ReportView: Sendable {
    private let who: AccessIdentity
    private let access: AccessPolicy
    /// Whether all rows are shown. Otherwise each row's resource decides.
    var seesAll = true
    var commands = AccessPolicy.Extent.none

    init(_ who: AccessIdentity, _ access: AccessPolicy) {
        self.who = who
        self.access = access
    }

    /// The view for the daemon's own queries: all rows, no arguments.
    static let internalUse = ReportView(AccessIdentity(daemonUID: .max), AccessPolicy())

    func shows(_ row: HistoryRow) -> Bool { seesAll || access.decide(.read, who, on: row.resource).isAllowed }

    func showsCommand(of row: HistoryRow) -> Bool {
        switch commands {
        case .all: return true
        case .some: if access.decide(.readCommands, who, on: row.resource).isAllowed { return true }
        case .none: break
        }
        return isOwn(row)
    }

    /// The user id of the peer, by the kernel's word; nil over TCP.
    var user: UInt32? { who.isOnSocket ? who.uid : nil }

    /// Whether the row is the peer's own: by the kernel's word on both sides, or by the same certificate.
    private func isOwn(_ row: HistoryRow) -> Bool {
        if let user, row.uid == user { return true }
        if let certificate = who.certificate, row.tlsSubject == certificate { return true }
        return false
    }

    /// Whether a filter on the text of commands may see the whole text. Otherwise it sees only program names, because its result
    /// would reveal what the peer is not shown.
    var seesAllCommands: Bool { commands == .all }
}
