internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomStore
internal import FlomWire

/// The daemon's own chores once a second, and its reactions to the housekeeper's results.
extension Daemon: HousekeeperOwner {
    var conditions: Housekeeper.Conditions {
        .init(
            mayPrune: !gate.isFailing && gate.obstacle == nil, mayKeepBlocks: gate.refusal == nil,
            mayCheckpoint: !gate.synchronizingFailed, awaitsClients: inquiry.awaitsReturn || engine.isShut,
            isStopping: isStopping, newestRequest: engine.newestRequest.number)
    }

    func secondPassed() {
        gate.remind()
        logLimits.tick()
        tidyLimits()
        lookForClones()
        tellStatus()
    }

    func journalChanged(_ obstacle: JournalError?) {
        gate.obstacle = obstacle
        if let obstacle {
            Log.error("no new lock is given: \(obstacle.sentence)", id: LogID.journalMoved)
        } else {
            Log.notice("the journal is in order again, and locks are given", id: LogID.journalWell)
        }
    }

    func journalWritten() { gate.tidyUp() }

    func pruned(_ order: PruneQueue.Order, _ outcome: PruneQueue.Outcome) {
        let answer: PruneAnswer
        switch outcome {
        case .done(let record):
            if let record {
                Log.info(
                    "removed \(record.requests) requests and \(record.events) events, by order of \(order.person)",
                    id: LogID.pruned)
            }
            answer = .done(requests: record?.requests ?? 0, events: record?.events ?? 0)
        case .failed(let reason):
            Log.warning("old requests could not be removed: \(reason)", id: LogID.pruneFailed)
            answer = .refused(reason)
        }
        guard let session = order.asker.flatMap({ sessions[$0] }), !session.isClosing else { return }
        session.connection.send(.pruneAnswer(answer))
    }
}
