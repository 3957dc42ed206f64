internal import FlomModel

/// The change that an event made to the row of its request, read from the recorded event. It is the inverse of `EventDetail`.
extension RequestChange {
    /// Nil when the detail lacks what events of this kind have.
    init?(recorded kind: EventKind, _ detail: JSONObject) {
        switch kind {
        case .requested:
            guard let request = LockRequest(recorded: detail) else { return nil }
            self = .asked(request)
        case .queued: self = .waits(.waiting)
        case .awaitingCreation: self = .waits(.awaitingCreation)
        case .granted:
            guard let token = detail.number("token") else { return nil }
            self = .granted(FencingToken(token), element: detail.bytes("element"))
        case .described:
            guard let words = detail.words("command") else { return nil }
            self = .described(words)
        case .started:
            guard let process = ProcessIdentity(recorded: detail) else { return nil }
            self = .started(process)
        case .orphaned: self = .orphaned
        case .resumed, .passedOver: self = .resumed
        case .identified: self = .identified(ProcessIdentity(recorded: detail))
        case .released:
            guard let completion = Completion(recorded: detail) else { return nil }
            self = .ended(RequestEnd(completion))
        case .timedOut: self = .ended(RequestEnd(Withdrawal.timedOut))
        case .withdrawn:
            guard let word = detail.text("reason") else { return nil }
            let proof = Proof(recorded: detail)
            self = .ended(RequestEnd(outcome: .withdrawn, detail: proof.map { "\(word) \($0.words)" } ?? word))
        case .refused:
            guard let word = detail.text("reason") else { return nil }
            self = .ended(RequestEnd(outcome: .refused, detail: Refusal(recorded: detail)?.words ?? word))
        case .reclaimed:
            guard let proof = Proof(recorded: detail) else { return nil }
            self = .ended(RequestEnd(outcome: .reclaimed, detail: proof.words))
        case .broken:
            guard let person = detail.text("by") else { return nil }
            self.init(.broken(by: person, reason: detail.text("why") ?? ""))
        case .daemonStarted, .daemonStopped, .journalGap, .pruned: return nil
        }
    }
}

extension LockRequest {
    fileprivate init?(recorded detail: JSONObject) {
        guard let name = ResourceName(recorded: detail, "resource"),
            let mode = detail.text("mode").flatMap({ LockMode(spelling: $0) })
        else { return nil }
        self.init(resource: name, mode: mode)
        if let quantity = detail.number("quantity", as: Int32.self) { self.quantity = quantity }
        group = detail.number("group").map { RequestID($0) }
        parent = detail.number("parent").map { RequestID($0) }
        isLeaseless = detail.text("lease") == "none"
        wordForOrphans = detail.text("on_orphan")
        mayWait = detail.truth("may_wait") ?? true
        mayCreate = detail.truth("may_create") ?? true
        idleLifespanMilliseconds = detail.number("idle_life_ms", as: Int32.self) ?? 0
        client.isLocal = detail.truth("local") ?? false
        client.canResume = detail.truth("resumable") ?? false
        client.uid = detail.number("uid", as: UInt32.self)
        client.process = ProcessIdentity(recorded: detail)
        client.claimedPID = detail.number("claimed_pid", as: Int32.self)
        client.user = detail.text("user") ?? ""
        client.host = detail.text("host") ?? ""
        client.address = detail.text("address") ?? ""
        client.tlsSubject = detail.text("tls_subject")
        client.machineID = detail.text("machine_id") ?? ""
        client.bootID = detail.text("boot_id") ?? ""
    }
}

extension ResourceName {
    fileprivate init?(recorded detail: JSONObject, _ key: String) {
        guard let bytes = detail.bytes(key), let name = try? ResourceName(bytes) else { return nil }
        self = name
    }
}

extension ProcessIdentity {
    fileprivate init?(recorded detail: JSONObject) {
        guard let pid = detail.number("pid", as: Int32.self), let start = detail.number("start") else { return nil }
        self.init(pid: pid, startTime: UInt64(bitPattern: start))
    }
}

extension Completion {
    fileprivate init?(recorded detail: JSONObject) {
        switch detail.text("completion") {
        case "exited":
            guard let status = detail.number("exit_status", as: UInt8.self) else { return nil }
            self = .exited(status: status)
        case "signalled":
            guard let signal = detail.number("signal", as: Int32.self) else { return nil }
            self = .signalled(signal)
        case "unlocked": self = .unlocked(rollback: detail.truth("rollback") ?? false)
        case "not_started": self = .notStarted
        case "disconnected": self = .disconnected
        default: return nil
        }
    }
}

extension Refusal {
    /// Reads the refusals that have more than their word in the row.
    fileprivate init?(recorded detail: JSONObject) {
        if let culprit = detail.number("request") {
            self = .together(with: RequestID(culprit))
        } else if let one = ResourceName(recorded: detail, "resource"), let other = ResourceName(recorded: detail, "other") {
            self = .overlapping(LockPart(one, .exclusive), LockPart(other, .exclusive))
        } else if let links = detail.objects("circle") {
            self = .deadlock(
                links.compactMap { link in
                    guard let waiter = link.number("request"), let holder = link.number("held_by"),
                        let resource = ResourceName(recorded: link, "waits_for")
                    else { return nil }
                    return DeadlockLink(waiter: RequestID(waiter), resource: resource, holder: RequestID(holder))
                })
        } else {
            return nil
        }
    }
}

extension Proof {
    fileprivate init?(recorded detail: JSONObject) {
        switch detail.text("proof") {
        case "processes_ended":
            self = .processesEnded(detail.objects("processes")?.compactMap { ProcessIdentity(recorded: $0) } ?? [])
        case "witness_ended": self = .livenessPipeEnded
        case "host_rebooted": self = .hostRebooted(from: detail.text("from") ?? "", to: detail.text("to") ?? "")
        case "connection_lost": self = .connectionLost(milliseconds: detail.number("after_ms") ?? 0)
        case "not_resumed": self = .notResumed(milliseconds: detail.number("after_ms") ?? 0)
        default: return nil
        }
    }
}
