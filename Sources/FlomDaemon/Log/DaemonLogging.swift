internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomWire

/// The log lines about the daemon's life and its requests.
extension Daemon {
    func logStart() {
        switch endpoint {
        case .unix(let path, _):
            Log.notice("serves the local socket '\(path)'", id: LogID.localDaemon)
        case .network(let network):
            Log.notice("serves TCP address '\(network.address ?? "*")' port \(listening.port)", id: LogID.networkDaemon)
            if let group = network.group {
                Log.notice("answers in multicast group '\(group)' port \(network.groupPort)", id: LogID.group)
            }
        }
        let open = engine.openRequestCount
        if open > 0 { Log.notice("goes on with \(open) open requests from the journal", id: LogID.recovered) }
        let lifespan = settings.lifespanMilliseconds < 0 ? "for ever" : "\(settings.lifespanMilliseconds) ms idle"
        Log.notice(
            "ready: version \(FlomVersion.current), journal '\(journal.path)', sync \(settings.sync.rawValue), lives \(lifespan)",
            id: LogID.ready)
    }

    func logEnd(_ reason: String) {
        let open = engine.openRequestCount
        Log.notice(
            "ended: \(reason)" + (open > 0 ? "; \(open) open requests stay in the journal" : ""), id: LogID.ended)
    }

    /// Logs an event that has happened, before it is committed.
    func log(_ event: Event) {
        switch event.kind {
        case .reclaimed(let proof):
            Log.info("reclaimed the lock of \(description(of: event.request)): \(proof.sentence)", id: LogID.reclaimed)
        case .orphaned:
            Log.info(
                "the flom of \(description(of: event.request)) has ended; its command runs on and keeps the lock",
                id: LogID.orphaned)
        case .broken(let person, let reason):
            Log.notice(
                "\(person) broke the lock of \(description(of: event.request))" + (reason.isEmpty ? "" : ": \(reason)"),
                id: LogID.broken)
        case .requested(let request):
            Log.debug(
                "request \(event.request.number) for '\(request.resource)' in \(request.mode.shortName) from "
                    + (request.client.user.isEmpty ? "somebody" : request.client.user)
                    + (request.client.address.isEmpty ? "" : " on \(request.client.address)"), id: LogID.message)
        case .passedOver:
            Log.info(
                "\(description(of: event.request)) has not taken what it was offered, and the next one is", id: LogID.remark)
        case .queued, .awaitingCreation, .granted, .described, .started, .released, .withdrawn, .refused, .resumed, .identified:
            break
        }
    }

    private func description(of request: RequestID) -> String {
        guard let resource = table.holders[request]?.resource else { return "request \(request.number)" }
        return "request \(request.number) on '\(resource)'"
    }

    func rejected(_ connection: Connection, because reason: String) {
        logLimits.badPeers.log("ended the connection of \(describe(connection)): \(reason)")
    }

    func rejectedLevel(_ connection: Connection, _ reason: String) {
        logLimits.badLevels.log("ended the connection of \(describe(connection)): protocol \(reason)")
    }

    /// Logs an unlock of a resource that was not locked. A defect makes clients of 1.7.2 send one; closing the connection
    /// releases their lock.
    func logWrongUnlock(_ name: [UInt8], _ session: Session) {
        let locked = session.state.boundName.map { "'\($0)'" } ?? "nothing"
        logLimits.wrongUnlocks.log(
            "\(describe(session.connection)) unlocks '\(String(decoding: name, as: UTF8.self))' but has locked \(locked): "
                + "ended its connection")
    }

    func logQuery(from source: InternetAddress) { logLimits.discoveries.log("discovery query from \(source)") }

    func describe(_ connection: Connection) -> String {
        guard let credentials = connection.credentials else { return connection.peerName }
        return "\(credentials.process) of \(userNames.name(of: credentials.uid))"
    }

    /// Logs that the journal can no longer be written; nil: that it can again.
    func logJournal(_ failure: JournalError?) {
        statusFiles?.changed()
        if let failure {
            Log.error("the journal cannot be written, no new lock is given: \(failure.sentence)", id: LogID.journalTrouble)
        } else {
            Log.notice("the journal is written again, with all that happened meanwhile", id: LogID.journalWell)
        }
    }
}

extension Proof {
    /// Completes "reclaimed the lock: …".
    fileprivate var sentence: String {
        switch self {
        case .processesEnded(let processes):
            "its processes have ended (" + processes.map { "pid \($0.pid)" }.joined(separator: ", ") + ")"
        case .livenessPipeEnded: "no process has its liveness pipe any more"
        case .hostRebooted: "its host has been booted since"
        case .connectionLost(let milliseconds):
            "its connection was lost, and its client did not come back within \(milliseconds) ms"
        case .notResumed(let milliseconds): "its client did not come back to a new daemon within \(milliseconds) ms"
        }
    }
}
