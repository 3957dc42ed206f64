internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// The replacement of a daemon that was told to make way, and serves until its successor is there.
struct Replacement {
    let successor: Successor
    /// The person who ordered it.
    let person: String
    /// The sessions that are told the outcome.
    var askers: [Session]
    /// The end of the wait for the successor's request.
    let limit: Scheduled<Void>
}

/// `--restart`: a successor from the program on disk takes over record, journal and listening sockets. Every session comes back
/// to it, and no client that connects meanwhile is refused.
///
/// The successor is started first, and takes over when it asks (`SocketHandoff`). A program that cannot run with these options
/// costs nothing: this daemon goes on.
extension Daemon {
    /// How long the successor may take to ask. A version that cannot ask starts anyway when this process ends; it waits 5 s for
    /// that.
    private static let questionLimit = TimeAmount.seconds(2)

    func makeWay(by who: String, askedBy asker: Session) {
        // The daemon is about to end anyway, and says so by closing.
        if isStopping { return close(asker) }
        if replacement != nil {
            replacement?.askers.append(asker)
            return
        }
        do {
            Trace.step(.administration, "starting a successor, by order of \(who)")
            let successor = try Successor.start(record: record.descriptor)
            let limit = loop.assumeIsolated().scheduleTask(in: Self.questionLimit) { [self] in
                if SocketHandoff.isAsked(on: successor.channel) {
                    giveWay(leaving: listening.inheritance)
                } else if service == nil {
                    giveWay(leaving: [])
                } else {
                    stay("the program that is on disk now does not take over", told: replacement?.askers ?? [])
                }
            }
            replacement = Replacement(successor: successor, person: who, askers: [asker], limit: limit)
            try watcher.watchSuccessor(successor.channel)
        } catch {
            stay((error as? DaemonError)?.sentence ?? "\(error)", told: [asker])
        }
    }

    func successorSpoke() {
        guard let replacement else { return }
        if SocketHandoff.isAsked(on: replacement.successor.channel) {
            giveWay(leaving: listening.inheritance)
        } else if let reason = replacement.successor.reasonOfEnd() {
            stay(reason, told: replacement.askers)
        }
    }

    /// Goes on, because there is no successor.
    private func stay(_ reason: String, told askers: [Session]) {
        Log.warning("is not replaced, and goes on: \(reason)", id: LogID.noHandoff)
        replacement?.limit.cancel()
        replacement?.successor.close()
        replacement = nil
        for asker in askers { asker.connection.send(.shutdownAnswer(refusal: reason)) }
    }

    private func giveWay(leaving listeners: [InheritedListeners.Listener]) {
        if service == nil { endForSuccessor(leaving: listeners) } else { goOnInPlace(leaving: listeners) }
    }

    /// Executes the program again in this process, by whose number service managers know their daemon. The successor has proven
    /// by its question that the program on disk can follow with these options. It is sent away.
    private func goOnInPlace(leaving listeners: [InheritedListeners.Listener]) {
        guard let replacement else { return }
        replacement.successor.close()
        Log.notice("executes its program anew, by order of \(replacement.person)", id: LogID.handoff)
        for asker in replacement.askers { asker.connection.send(.shutdownAnswer(refusal: nil)) }
        listening.leaveGroup()
        finish(reason: "restarted by \(replacement.person)", as: .running, telling: .restart)
        statusFiles?.end()
        let reason = Successor.executeInPlace(record: record.descriptor, listeners: listeners, service: service)
        Log.error("could not execute its program anew: \(reason)", id: LogID.noHandoff)
        exit(99)
    }

    /// - Parameter listeners: empty for a successor that does not ask for them: it would keep them open without serving them.
    private func endForSuccessor(leaving listeners: [InheritedListeners.Listener]) {
        guard let replacement else { return }
        Log.notice("hands over to its successor, by order of \(replacement.person)", id: LogID.handoff)
        for asker in replacement.askers { asker.connection.send(.shutdownAnswer(refusal: nil)) }
        if listeners.isEmpty { listening.removeName() } else { listening.leaveGroup() }
        finish(reason: "restarted by \(replacement.person)", as: .running, telling: .restart)
        statusFiles?.end()
        SocketHandoff.send(listeners, on: replacement.successor.channel)
        exit(0)
    }
}
