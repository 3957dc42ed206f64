internal import FlomModel

extension JSONWriter {
    /// Writes column `event.detail` for an entry, or nothing if the kind alone says everything. The keys are public.
    mutating func writeDetail(of entry: JournalEntry) {
        switch entry {
        case .request(let event): writeDetail(of: event.kind)
        case .daemonStarted(let start):
            beginObject()
            field("pid", start.pid)
            field("boot_id", start.bootID)
            field("version", start.version)
            field("endpoint", start.endpoint)
            if let view = start.viewNumber { write(start.view, number: view) }
            endObject()
        case .daemonStopped(let reason):
            beginObject()
            field("reason", reason)
            endObject()
        case .gap(let words):
            beginObject()
            field("lost", words)
            endObject()
        case .pruned(let prune):
            beginObject()
            field("by", prune.by)
            field("before", prune.before)
            field("up_to", prune.upTo)
            field("requests", prune.requests)
            field("events", prune.events)
            endObject()
        }
    }

    private mutating func write(_ view: ProcessView, number: Int64) {
        field("view", number)
        if let namespace = view.pidNamespace { field("pid_namespace", namespace) }
        if let offset = view.boottimeOffsetNanoseconds { field("boottime_offset_ns", offset) }
    }

    private mutating func writeDetail(of kind: Event.Kind) {
        switch kind {
        case .awaitingCreation, .passedOver, .orphaned, .resumed, .identified(nil), .withdrawn(.timedOut): return
        default: break
        }
        beginObject()
        switch kind {
        case .requested(let request): write(request)
        case .queued(let position): field("position", position)
        case .granted(let token, let element):
            field("token", token.value)
            if let element { field("element", element) }
        case .described(let command): field("command", words: command)
        case .started(let process), .identified(let process?): write(process)
        case .released(let completion): write(completion)
        case .withdrawn(let withdrawal): write(withdrawal)
        case .refused(let refusal): write(refusal)
        case .reclaimed(let proof): write(proof)
        case .broken(let person, let reason):
            field("by", person)
            if !reason.isEmpty { field("why", reason) }
        case .awaitingCreation, .passedOver, .orphaned, .resumed, .identified(nil): break
        }
        endObject()
    }

    private mutating func write(_ request: LockRequest) {
        field("resource", request.resource.bytes)
        field("mode", request.mode.shortName)
        // Defaults are left out: every byte here is hashed on the hot path.
        if request.resource.kind.hasQuantity { field("quantity", request.quantity) }
        if let group = request.group { field("group", group.number) }
        if let parent = request.parent { field("parent", parent.number) }
        if request.isLeaseless { field("lease", "none") }
        if let word = request.wordForOrphans { field("on_orphan", word) }
        if !request.mayWait { field("may_wait", false) }
        if !request.mayCreate { field("may_create", false) }
        if request.idleLifespanMilliseconds != 0 { field("idle_life_ms", request.idleLifespanMilliseconds) }
        let client = request.client
        if client.isLocal { field("local", true) }
        if client.canResume { field("resumable", true) }
        if let uid = client.uid { field("uid", uid) }
        if let process = client.process { write(process) }
        if let pid = client.claimedPID { field("claimed_pid", pid) }
        if !client.user.isEmpty { field("user", client.user) }
        if !client.host.isEmpty { field("host", client.host) }
        if !client.address.isEmpty { field("address", client.address) }
        if let subject = client.tlsSubject { field("tls_subject", subject) }
        if !client.machineID.isEmpty { field("machine_id", client.machineID) }
        if !client.bootID.isEmpty { field("boot_id", client.bootID) }
    }

    private mutating func write(_ process: ProcessIdentity) {
        field("pid", process.pid)
        field("start", process.startTime)
    }

    private mutating func write(_ completion: Completion) {
        field("completion", completion.word)
        switch completion {
        case .exited(let status): field("exit_status", status)
        case .signalled(let signal): field("signal", signal)
        case .unlocked(let rollback): field("rollback", rollback)
        case .notStarted, .disconnected: break
        }
    }

    private mutating func write(_ withdrawal: Withdrawal) {
        field("reason", withdrawal.word)
        if case .gone(let proof) = withdrawal { write(proof) }
    }

    private mutating func write(_ refusal: Refusal) {
        field("reason", refusal.word)
        switch refusal {
        case .together(let culprit): field("request", culprit.number)
        case .overlapping(let one, let other):
            field("resource", one.resource.bytes)
            field("other", other.resource.bytes)
        case .deadlock(let links):
            beginArray("circle")
            for link in links {
                beginObject()
                field("request", link.waiter.number)
                field("waits_for", link.resource.bytes)
                field("held_by", link.holder.number)
                endObject()
            }
            endArray()
        case .busy, .unknownResource, .alreadyAsking, .tokensUsedUp, .shutDown, .impossible, .clockBehind, .stampsUsedUp,
            .notAllowed, .queueFull, .tooManyResources:
            break
        }
    }

    private mutating func write(_ proof: Proof) {
        field("proof", proof.word)
        switch proof {
        case .processesEnded(let processes):
            beginArray("processes")
            for process in processes {
                beginObject()
                write(process)
                endObject()
            }
            endArray()
        case .livenessPipeEnded: break
        case .hostRebooted(let from, let to):
            field("from", from)
            field("to", to)
        case .connectionLost(let milliseconds), .notResumed(let milliseconds):
            field("after_ms", milliseconds)
        }
    }
}

extension LockRequest {
    /// What becomes of the command when its client is gone, in a word of the journal: nil if it goes on.
    var wordForOrphans: String? {
        get { endsOrphan ? "kill" : runsNoCommand ? "none" : nil }
        set { (endsOrphan, runsNoCommand) = (newValue == "kill", newValue == "none") }
    }
}
