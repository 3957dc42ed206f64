/// What is asked for, and what becomes of it when it or its holder is lost.
extension OptionTable {
    static let resource = [
        Option(
            "r", "resource-name", "NAME", ("Resource", "Name"),
            "the resource: R, R[3], A.B, /a/b, _s_R[1], _S_R[1], _t_FORMAT[1]; several: all at once"
        ) {
            settings, value throws(Value.Refused) in
            try settings.want(nameOrPattern: value)
        },
        Option(
            "l", "lock-mode", "MODE", ("Resource", "LockMode"),
            "NL, CR, CW, PR, PW or EX (default EX); after an -r for that one, before the first for all"
        ) {
            settings, value throws(Value.Refused) in
            settings.want(mode: try Value.lockMode(text(value)))
        },
        Option(
            "q", "resource-quantity", "N", ("Resource", "Quantity"),
            "take so much of a numeric resource (default 1); where it stands counts as with -l"
        ) {
            settings, value throws(Value.Refused) in
            if let quantity = try Value.quantity(text(value)) { settings.want(quantity: quantity) }
        },
        Option(
            "o", "resource-timeout", "MS", ("Resource", "Timeout"),
            "wait so long for the lock; 0: not at all; -1: for ever (default)"
        ) {
            settings, value throws(Value.Refused) in
            settings.timeoutMilliseconds = try Value.milliseconds(text(value))
        },
        Option("e", "resource-create", "YES|NO", ("Resource", "Create"), "create the resource if it does not exist (default yes)")
        {
            settings, value throws(Value.Refused) in
            settings.mayCreate = try Value.yesOrNo(text(value))
        },
        Option(
            "i", "resource-idle-lifespan", "MS", ("Resource", "IdleLifespan"),
            "how long an unused resource that this creates lives on"
        ) {
            settings, value throws(Value.Refused) in
            settings.idleLifespanMilliseconds = Int32(
                try Value.integer(text(value), in: 0...Int64(Int32.max), unit: "milliseconds"))
        },
        Option(
            nil, "element-placeholder", nil,
            "put the element where {} is in the command, not behind it; of several resources {1}, {2} …"
        ) { settings in
            settings.hasElementPlaceholder = true
        },
        Option(
            nil, "deadlock", "ANSWER", ("Resource", "Deadlock"),
            "under another flom and without -o: refuse (default) what can never be granted, or wait"
        ) {
            settings, value throws(Value.Refused) in
            settings.deadlock = try Value.word(text(value))
        },
    ]

    static let loss = [
        Option(
            nil, "on-lost", "ACTION", ("Resource", "OnLost"),
            "when the lock is lost while the command runs: warn (default), term (TERM, after 5 s KILL), kill"
        ) {
            settings, value throws(Value.Refused) in
            settings.onLost = try Value.word(text(value))
        },
        Option(
            nil, "on-orphan", "ACTION", ("Resource", "OnOrphan"),
            "when flom is killed while the command runs: hold the lock until it ends (default), or kill it"
        ) {
            settings, value throws(Value.Refused) in
            settings.onOrphan = try Value.word(text(value))
        },
        Option(
            nil, "lease", "LEASE", ("Resource", "Lease"),
            "over a network: time ends the lock of a holder that is out of sight (default), or none does"
        ) {
            settings, value throws(Value.Refused) in
            settings.lease = try Value.word(text(value))
        },
    ]
}
