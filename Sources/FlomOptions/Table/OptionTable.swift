/// All options. Parsing, files, help, man page, completions and the sample file use this one table, in the order of
/// `OptionSection`.
package enum OptionTable {
    /// Every option, for printing; a look-up goes section by section instead.
    package static var all: [Option] { OptionSection.allCases.flatMap(\.options) }

    package static func text(_ value: [UInt8]) -> String { String(decoding: value, as: UTF8.self) }

    package static func named(short: Character) -> Option? {
        first { $0.short == short } ?? (short == "?" ? named(long: "help") : nil)
    }

    package static func named(long: String) -> Option? { first { $0.long == long } }

    package static func forKey(group: String, name: String) -> Option? {
        first { $0.key?.group == group && $0.key?.name == name }
    }

    static func knowsGroup(_ group: String) -> Bool { first { $0.key?.group == group } != nil }

    /// A section is built when it is looked into: `flom -r NAME -- COMMAND` builds only the first.
    private static func first(where isWanted: (Option) -> Bool) -> Option? {
        for section in OptionSection.allCases {
            for option in section.options where isWanted(option) { return option }
        }
        return nil
    }
}

/// The groups of options, in the order of help and man page; the most frequent ones come first.
package enum OptionSection: CaseIterable {
    case resource
    case daemon
    case network
    case tls
    case loss
    case monitor
    case reports
    case status
    case journal
    case service
    case access
    case limits
    case administration
    case trace
    case general

    package var options: [Option] {
        switch self {
        case .resource: OptionTable.resource
        case .daemon: OptionTable.daemon
        case .network: OptionTable.network
        case .tls: OptionTable.tls
        case .loss: OptionTable.loss
        case .monitor: OptionTable.monitor
        case .reports: OptionTable.reports
        case .status: OptionTable.status
        case .journal: OptionTable.journal
        case .service: OptionTable.service
        case .access: OptionTable.access
        case .limits: OptionTable.limits
        case .administration: OptionTable.administration
        case .trace: OptionTable.trace
        case .general: OptionTable.general
        }
    }

    package var title: String {
        switch self {
        case .resource: "The lock"
        case .daemon: "The daemon"
        case .network: "Over a network"
        case .tls: "TLS"
        case .loss: "When the lock or flom is lost"
        case .monitor: "The command"
        case .reports: "Reports"
        case .status: "Status and checks"
        case .journal: "The journal"
        case .service: "As a service"
        case .access: "Rights"
        case .limits: "Limits"
        case .administration: "Administration"
        case .trace: "Log and traces"
        case .general: "flom itself"
        }
    }

    /// A command line and its effect; empty where the usage shows it.
    var examples: [(command: String, effect: String)] {
        switch self {
        case .resource:
            [
                ("flom -r db -- make report", "one at a time"),
                ("flom -r db -o 0 -- make report", "not at all if another one runs (status 98)"),
                ("flom -r 'licence[3]' -q 2 -- simulate", "with two of three licences"),
            ]
        case .daemon: [("flom -s /run/lock/db.sock -d -1 -- true", "start a daemon that stays, on a socket for all users")]
        case .network:
            [
                ("flom -a 192.168.1.2 -A 239.255.0.1 -d -1 -- true", "start the lock server of a network"),
                ("flom -A 239.255.0.1 -d 0 -r db -- make report", "on any host there: use it"),
            ]
        case .loss: [("flom -r db --on-lost term -- make report", "end the command when its lock is lost")]
        case .tls: [("flom -a lock.example -d 0 -c tls.conf -r db -- make", "files and check in group [TLS] of tls.conf")]
        case .access: [("flom --access-test 'user root on backup'", "what root may do, and by which rule")]
        case .limits: []
        case .monitor: []
        case .reports:
            [
                ("flom --history --since yesterday --user alice", "what alice ran and when"),
                ("flom --stats --by host --since 7d", "which hosts held and waited how long"),
                ("flom --history --format html > history.html", "a page with a timeline"),
            ]
        case .status: [("flom --check -r backup --not-run-since 1d --max-wait 30m", "a plugin for monitoring")]
        case .journal: [("flom --history --verify", "check that the record is unchanged")]
        case .service: [("flom --foreground -s /run/flom/flom.sock", "for service managers: see docs/service.md")]
        case .administration: [("flom --break -r db --reason 'hangs since noon'", "take the lock away, after a question")]
        case .trace: []
        case .general:
            [
                ("flom --show-config", "every setting and where it comes from"),
                ("flom --print man > flom.1", "the man page, and completions for shells"),
            ]
        }
    }
}
