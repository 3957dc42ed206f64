internal import FlomEngine
internal import FlomModel

/// What is known of the client of a request, and of its command.
struct Holder {
    var client: ProcessIdentity?
    var command: ProcessIdentity?
    /// Whether it is on this host; nothing here can prove the end of one on another.
    var isLocal = false
    /// Nothing can be handed to it then.
    var isOverNetwork = false
    /// Whether its processes are numbers of this daemon's own view. What an earlier daemon has seen may be meant otherwise.
    var isSeenAlike = true
    /// Of the boot in which it was seen, and the one that this is, if they are proven to be two.
    var reboot: (from: String, to: String)?
    /// Only a person ends its lock while it cannot be seen.
    var isLeaseless = false
    /// Its command is ended when its client is gone.
    var endsOrphan = false
    /// Whether its command line is on record.
    var isDescribed = false
    /// Whether it speaks our extension: a client of 1.7.2 could not name its command, and keeps no lock for it.
    var canResume = false
    var secretHash: [UInt8] = []
    /// For the log: what it is about, or the first of it.
    var resource: ResourceName?

    init() {}

    init(_ request: LockRequest) {
        client = request.client.process
        isLocal = request.client.isLocal
        isOverNetwork = !request.client.address.isEmpty
        isLeaseless = request.isLeaseless
        endsOrphan = request.endsOrphan
        canResume = request.client.canResume
        secretHash = request.secretHash
        resource = request.resource
    }

    /// One that an earlier daemon has left.
    ///
    /// - Parameters:
    ///   - view: this daemon's.
    ///   - now: on the host's boot clock.
    init(_ open: OpenRequest, seenFrom view: ProcessView, now: Instant) {
        self.init(open.request)
        command = open.command
        isDescribed = !open.commandLine.isEmpty
        isSeenAlike = open.view.countsAlike(view)
        if isLocal, BootEvidence.provesReboot(recorded: open.view, seenUntil: open.bootSeenUntil, own: view, now: now) {
            reboot = (open.view.bootID ?? "", view.bootID ?? "")
        }
    }

    /// Whether its grant comes with a witness: a descriptor can be handed to it, and it knows what to do with that.
    var takesWitness: Bool { isLocal && !isOverNetwork && canResume }

    func means(isHeld: Bool) -> HolderEvidence.Means {
        HolderEvidence.Means(
            client: client, isLocal: isLocal, isOverNetwork: isOverNetwork, isSeenAlike: isSeenAlike, isHeld: isHeld,
            isLeaseless: isLeaseless)
    }
}

/// Why a request has no session.
enum Absence {
    /// Its connection ended.
    case disconnected
    /// The daemon is new and has not met it. Earlier ones have listened for it in vain for so long.
    case restarted(missedMilliseconds: Int64)
}
