package import FlomEngine
package import FlomModel

/// What is known of the client of an open request, and of its command.
package struct Holder: Sendable {
    package var client: ProcessIdentity?
    package var command: ProcessIdentity?
    /// Whether it is on this host; nothing here can prove the end of one on another.
    package var isLocal = false
    /// Whether it came over TCP: nothing can be handed to it then.
    package var isOverNetwork = false
    /// Whether its processes are numbers of this daemon's own view. What an earlier daemon has seen may be meant otherwise.
    package var isSeenAlike = true
    /// The boot in which it was seen, and the present one, if they are proven to be two.
    package var reboot: (from: String, to: String)?
    /// Whether only a person ends its lock while it cannot be seen.
    package var isLeaseless = false
    /// Whether its command is ended when its client is gone.
    package var endsOrphan = false
    /// Whether its command line is on record.
    package var isDescribed = false
    /// Whether it speaks our extension: a client of 1.7.2 could not name its command, and keeps no lock for it.
    package var canResume = false
    package var secretHash: [UInt8] = []
    /// The first resource of the request, for the log.
    package var resource: ResourceName?

    package init() {}

    package init(_ request: LockRequest) {
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
    package init(_ open: OpenRequest, seenFrom view: ProcessView, now: Instant) {
        self.init(open.request)
        command = open.command
        isDescribed = !open.commandLine.isEmpty
        isSeenAlike = open.view.countsAlike(view)
        if isLocal, BootEvidence.provesReboot(recorded: open.view, seenUntil: open.bootSeenUntil, own: view, now: now) {
            reboot = (open.view.bootID ?? "", view.bootID ?? "")
        }
    }

    /// Whether it came over a socket of this host.
    package var isNear: Bool { isLocal && !isOverNetwork }

    /// Whether its grant comes with a liveness pipe: a descriptor can be handed to it, and it knows what to do with that.
    package var takesLivenessPipe: Bool { isNear && canResume }

    package func means(isHeld: Bool) -> HolderEvidence.Means {
        HolderEvidence.Means(
            client: client, isLocal: isLocal, isOverNetwork: isOverNetwork, isSeenAlike: isSeenAlike, isHeld: isHeld,
            isLeaseless: isLeaseless)
    }
}

/// Why a request has no session.
package enum HolderAbsence: Sendable {
    /// Its connection ended.
    case disconnected
    /// The daemon is new and has not met it; `missed` is how long earlier daemons have listened for it in vain.
    case restarted(missedMilliseconds: Int64)
}
