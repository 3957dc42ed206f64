internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// What a new daemon does about requests that earlier daemons have left open.
extension Daemon {
    /// Examines the open requests. Visible processes are watched; others have a liveness pipe, or may come back.
    func prove(_ open: [OpenRequest], _ missed: [RequestID: Int64]) {
        let held = open.filter { if case .held = $0.phase { true } else { false } }.map(\.id)
        livenessPipes.begin(place: (try? journal.livenessDirectory()) ?? nil, held: Set(held))
        let now = Moment.now().boottime
        // The first request of a group stands for the whole group.
        for request in open where request.request.group ?? request.id == request.id {
            guard let holder = table.recover(request, seenFrom: processView, now: now) else {
                apply(.cannotResume(request.id))
                continue
            }
            let isWaiting = if case .held = request.phase { false } else { true }
            // The grant then becomes an offer, which passes to the next waiter if it is not confirmed.
            if isWaiting, holder.isLocal, holder.isSeenAlike, let process = holder.client, Processes.isStopped(pid: process.pid) {
                apply(.promisesToConfirm(request.id))
            }
            inquiry.open(request.id, holder, .restarted(missedMilliseconds: missed[request.id] ?? 0))
            if inquiry.isBeyondProof(request.id) { logBeyondProof(request.id, holder) }
        }
    }

    private func logBeyondProof(_ request: RequestID, _ holder: Holder) {
        let resource = holder.resource.map { "'\($0)'" } ?? "its lock"
        Log.warning(
            "request \(request.number) holds \(resource), and this daemon cannot see whether its command lives, from its PID "
                + "namespace, time namespace or boot: it ends when its client comes back and lets go, or by "
                + "flom --break \(request.number)", id: LogID.beyondProof)
    }
}
