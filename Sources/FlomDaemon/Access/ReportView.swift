internal import FlomEngine
internal import FlomModel
internal import FlomSettings

/// What somebody is shown of the journal: which rows, and of which of them the arguments of the command.
struct ReportView: Sendable {
    private let who: AccessIdentity
    private let access: AccessPolicy
    /// Otherwise each row's resource decides.
    var seesAll = true
    var commands = AccessPolicy.Extent.none

    init(_ who: AccessIdentity, _ access: AccessPolicy) {
        self.who = who
        self.access = access
    }

    /// Nothing but what the daemon itself looks for: all rows, no arguments.
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

    /// Who looks, by the kernel's word.
    var user: UInt32? { who.isOnSocket ? who.uid : nil }

    /// One's own: by the kernel's word there and here, or by the same certificate.
    private func isOwn(_ row: HistoryRow) -> Bool {
        if let user, row.uid == user { return true }
        if let certificate = who.certificate, row.tlsSubject == certificate { return true }
        return false
    }

    /// Whether a filter for the text of commands may look at all of each. Otherwise it sees the programs alone, or one could find out
    /// what one is not shown.
    var seesAllCommands: Bool { commands == .all }
}
