internal import FlomNet
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// A daemon that has been told to make way, and serves until its successor is there.
struct Replacement {
    let successor: Successor
    /// Who wanted it.
    let person: String
    /// Who is told what became of it.
    var askers: [Session]
    let limit: Scheduled<Void>
}

/// `--restart`: a successor from the program on disk takes over record, journal and listening sockets; every session comes back to
/// it, and nobody who connects meanwhile is refused.
///
/// The successor is started first and takes over when it asks (`HandOver`). One that cannot run at all, or not with these options,
/// has cost nothing then: this daemon goes on.
extension Daemon {
    /// So long the successor may take to ask. One that does not know how to is told to begin anyway; it waits 5 s for that.
    private static let questionLimit = TimeAmount.seconds(2)

    func makeWay(by who: String, askedBy asker: Session) {
        // It is about to end anyway, and says so by closing.
        if isStopping { return close(asker) }
        if replacement != nil {
            replacement?.askers.append(asker)
            return
        }
        do {
            Trace.step(.administration, "starting a successor, wanted by \(who)")
            let successor = try DaemonStarter.startSuccessor(record: record.descriptor)
            let limit = loop.assumeIsolated().scheduleTask(in: Self.questionLimit) { [unowned self] in
                if HandOver.isAsked(on: successor.line) {
                    giveWay(leaving: listening.inheritance)
                } else if service == nil {
                    giveWay(leaving: [])
                } else {
                    stay("the program that is on disk now does not take over", told: replacement?.askers ?? [])
                }
            }
            replacement = Replacement(successor: successor, person: who, askers: [asker], limit: limit)
            try sentinel.watchSuccessor(successor.line)
        } catch {
            stay((error as? DaemonError)?.sentence ?? "\(error)", told: [asker])
        }
    }

    func successorSpoke() {
        guard let replacement else { return }
        if HandOver.isAsked(on: replacement.successor.line) {
            giveWay(leaving: listening.inheritance)
        } else if let reason = replacement.successor.reasonOfEnd() {
            stay(reason, told: replacement.askers)
        }
    }

    /// There is no successor.
    private func stay(_ reason: String, told askers: [Session]) {
        Log.warning("is not replaced, and goes on: \(reason)", id: LogID.noHandOver)
        replacement?.limit.cancel()
        replacement?.successor.close()
        replacement = nil
        for asker in askers { asker.connection.send(.shutdownAnswer(refusal: reason)) }
    }

    private func giveWay(leaving listeners: [InheritedListeners.Listener]) {
        if service == nil { endForSuccessor(leaving: listeners) } else { goOnInPlace(leaving: listeners) }
    }

    /// In the foreground the process stays: service managers know their daemon by it. The successor that has come so far as to ask
    /// has proven that the program on disk can follow, with these options; it is sent away, and this process executes that program.
    private func goOnInPlace(leaving listeners: [InheritedListeners.Listener]) {
        guard let replacement else { return }
        replacement.successor.close()
        Log.notice("executes its program anew, wanted by \(replacement.person)", id: LogID.handOver)
        for asker in replacement.askers { asker.connection.send(.shutdownAnswer(refusal: nil)) }
        listening.leaveGroup()
        finish(reason: "restarted by \(replacement.person)", as: .running, telling: .restart)
        let reason = DaemonStarter.executeInPlace(record: record.descriptor, listeners: listeners, service: service)
        Log.error("could not execute its program anew: \(reason)", id: LogID.noHandOver)
        exit(99)
    }

    /// - Parameter listeners: none for a successor that does not ask for them: it would hold them and serve its own.
    private func endForSuccessor(leaving listeners: [InheritedListeners.Listener]) {
        guard let replacement else { return }
        Log.notice("hands over to its successor, wanted by \(replacement.person)", id: LogID.handOver)
        for asker in replacement.askers { asker.connection.send(.shutdownAnswer(refusal: nil)) }
        if listeners.isEmpty { listening.removeName() } else { listening.leaveGroup() }
        finish(reason: "restarted by \(replacement.person)", as: .running, telling: .restart)
        HandOver.send(listeners, on: replacement.successor.line)
        exit(0)
    }
}
