package import FlomEngine
package import FlomModel

/// What is known about the client of an open request and its command.
package struct Holder: Sendable {
    package var client: ProcessIdentity?
    /// The command, which for a program that holds the lock itself is the client.
    package var command: ProcessIdentity?
    /// Whether the client is on this host. The end of a process on another host cannot be proven.
    package var isLocal = false
    /// Whether the client came over TCP, where no descriptor can be passed.
    package var isOverNetwork = false
    /// Whether its process numbers belong to this daemon's view. Those that an earlier daemon has recorded may mean other
    /// processes.
    package var isSeenAlike = true
    /// The boot in which the client was seen, and the present one, if they are proven to differ.
    package var reboot: (from: String, to: String)?
    /// Whether only a person may end its lock while it cannot be seen.
    package var isLeaseless = false
    /// Whether its command is ended when the client is gone.
    package var endsOrphan = false
    /// Whether the client is a program that holds the lock itself.
    package var runsNoCommand = false
    /// Whether its command line is on record.
    package var isDescribed = false
    /// Whether the client speaks the extension. A client of 1.7.2 cannot name its command, and keeps no lock for it.
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
        if request.runsNoCommand { command = client }
        runsNoCommand = request.runsNoCommand
        canResume = request.client.canResume
        secretHash = request.secretHash
        resource = request.resource
    }

    /// A holder that an earlier daemon has left.
    ///
    /// - Parameters:
    ///   - view: this daemon's view.
    ///   - now: on the host's boot clock.
    package init(_ open: OpenRequest, seenFrom view: ProcessView, now: Instant) {
        self.init(open.request)
        if !runsNoCommand { command = open.command }
        isDescribed = !open.commandLine.isEmpty
        isSeenAlike = open.view.countsAlike(view)
        if isLocal, BootEvidence.provesReboot(recorded: open.view, seenUntil: open.bootSeenUntil, own: view, now: now) {
            reboot = (open.view.bootID ?? "", view.bootID ?? "")
        }
    }

    /// Whether the client came over a socket of this host.
    package var isNear: Bool { isLocal && !isOverNetwork }

    /// Whether its grant comes with a liveness pipe: a descriptor can be passed to the client, and it knows what to do with it.
    package var takesLivenessPipe: Bool { isNear && canResume }

    package func means(isHeld: Bool) -> HolderEvidence.Means {
        HolderEvidence.Means(
            client: client, isLocal: isLocal, isOverNetwork: isOverNetwork, isSeenAlike: isSeenAlike, isHeld: isHeld,
            isLeaseless: isLeaseless)
    }
}

/// Why a request has no session.
package enum HolderAbsence: Sendable {
    /// The connection ended.
    case disconnected
    /// The daemon is new and has not heard the client; `missed` is how long earlier daemons have listened for it in vain.
    case restarted(missedMilliseconds: Int64)
}
