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

    func shows(_ row: HistoryRow) -> Bool { shows(resource: row.resource) }

    func shows(resource: [UInt8]) -> Bool { seesAll || access.decide(.read, who, on: resource).isAllowed }

    func showsCommand(of row: HistoryRow) -> Bool {
        showsCommand(on: row.resource, uid: row.uid, tlsSubject: row.tlsSubject)
    }

    /// - Parameters:
    ///   - uid: of the user whose command it is, by the kernel's word.
    ///   - tlsSubject: of the certificate that has proven whose command it is.
    func showsCommand(on resource: [UInt8], uid: UInt32?, tlsSubject: String?) -> Bool {
        switch commands {
        case .all: return true
        case .some: if access.decide(.readCommands, who, on: resource).isAllowed { return true }
        case .none: break
        }
        if let user, uid == user { return true }
        if let certificate = who.certificate, tlsSubject == certificate { return true }
        return false
    }

    /// The user id of the peer, by the kernel's word; nil over TCP.
    var user: UInt32? { who.isOnSocket ? who.uid : nil }

    /// Whether a filter on the text of commands may see the whole text. Otherwise it sees only program names, because its result
    /// would reveal what the peer is not shown.
    var seesAllCommands: Bool { commands == .all }
}
