internal import FlomConfiguration
internal import FlomModel

/// The request, and what happens when the lock or its holder is lost.
extension OptionTable {
    package static let resource = [
        Option(
            "r", "resource-name", "NAME", ("Resource", "Name"),
            "the resource: R, R[3], A.B, /a/b, _s_R[1], _S_R[1], _t_FORMAT[1]; several: all at once",
            details: """
                The name says what the resource is: db is simple, licence[3] a pool of three, gpu0.gpu1 a set, /srv/db a path with all below it,
                _s_n[1] a sequence of numbers, _S_n[1] one that gives the number of a failed command out again, _t_%Y%m%d[1] a time stamp. Several -r
                are granted at one moment or not at all. Reports also take patterns with * and ?.
                """, values: .resource, isRepeatable: true,
            .reading(shown: { .list($0.parts.map(\.resource.description), joiner: "','") }) {
                reader, value throws(Value.Refused) in
                try reader.want(nameOrPattern: value)
            }),
        Option(
            "l", "lock-mode", "MODE", ("Resource", "LockMode"),
            "NL, CR, CW, PR, PW or EX (default EX); after an -r for that one, before the first for all",
            details: "The long names, NullLock to Exclusive, are accepted too.",
            values: .words { LockMode.allCases.map(\.shortName) },
            .reading(shown: { .mode($0.firstMode) }) { reader, value throws(Value.Refused) in
                reader.want(mode: try Value.lockMode(text(value)))
            }),
        Option(
            "q", "resource-quantity", "N", ("Resource", "Quantity"),
            "quantity of a numeric resource (default 1); its place on the command line counts as with -l",
            .reading(shown: { .number($0.firstQuantity) }) { reader, value throws(Value.Refused) in
                reader.want(quantity: Int32(try Value.integer(text(value), in: .anyInt32)))
            }),
        Option(
            "o", "resource-timeout", "MS", ("Resource", "Timeout"),
            "time to wait for the lock; 0: do not wait; -1: for ever (default)",
            details: """
                One limit for all: finding and starting the daemon, and the queue. Status 98 when it is over, 99 when nobody was reached. With 0 flom
                does not queue, and looks the daemon's name up for 2 s at most.
                """, .integer({ $0.timeoutMilliseconds }, { $0.timeoutMilliseconds = $1 }, in: .anyInt32, unit: "milliseconds")),
        Option(
            "e", "resource-create", "YES|NO", ("Resource", "Create"), "create the resource if it does not exist (default yes)",
            details: "With no, flom waits until another command creates it; with -o 0 as well the status is 96.",
            values: .yesOrNo, .flag({ $0.mayCreate }, { $0.mayCreate = $1 })),
        Option(
            "i", "resource-idle-lifespan", "MS", ("Resource", "IdleLifespan"),
            "life of a resource that this creates, after its last use",
            .integer(
                { $0.idleLifespanMilliseconds }, { $0.idleLifespanMilliseconds = $1 }, in: 0...Int64(Int32.max),
                unit: "milliseconds")),
        Option(
            nil, "element-placeholder", nil,
            "put the element where {} is in the command, not behind it; of several resources {1}, {2} …"
        ) { settings in
            settings.hasElementPlaceholder = true
        },
        Option(
            nil, "deadlock", "ANSWER", ("Resource", "Deadlock"),
            "under another flom and without -o: refuse (default) what can never be granted, or wait",
            values: .wordsOf(DeadlockAnswer.self), .word({ $0.deadlock }, { $0.deadlock = $1 })),
    ]

    package static let loss = [
        Option(
            nil, "on-lost", "ACTION", ("Resource", "OnLost"),
            "when the lock is lost while the command runs: warn (default), term (TERM, after 5 s KILL), kill",
            values: .wordsOf(OnLost.self), .word({ $0.onLost }, { $0.onLost = $1 })),
        Option(
            nil, "on-orphan", "ACTION", ("Resource", "OnOrphan"),
            "when flom is killed while the command runs: hold the lock until it ends (default), or kill it",
            values: .wordsOf(OnOrphan.self), .word({ $0.onOrphan }, { $0.onOrphan = $1 })),
        Option(
            nil, "lease", "LEASE", ("Resource", "Lease"),
            "over a network: time ends the lock of a holder that is out of sight (default), or none does",
            values: .wordsOf(Lease.self), .word({ $0.lease }, { $0.lease = $1 })),
    ]
}
