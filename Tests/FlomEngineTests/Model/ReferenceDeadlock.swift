import FlomModel

/// Nested requests that can never be granted.
extension ReferenceModel {
    /// Everything is released that no waiting nested request has among its ancestors. Whatever waiting nested request then fits is
    /// granted, bars or not, and ends; so its ancestors may be released as well. Again and again, until nothing changes.
    func isDeadlock(_ newcomer: Ask) -> Bool {
        guard newcomer.request.mayBeRefusedAsDeadlock, !ancestors(of: newcomer).isEmpty else { return false }
        var waiting = queued.filter { $0.number != newcomer.number && !ancestors(of: $0).isEmpty } + [newcomer]
        while true {
            let stillHeld = holders.filter { holder in
                waiting.contains { waiter in ancestors(of: waiter).contains { $0.number == holder.number } }
            }
            guard
                let next = waiting.firstIndex(where: { waiter in
                    waiter.parts.allSatisfy { Self.fits($0, beside: stillHeld) }
                })
            else { return true }
            if waiting.remove(at: next).number == newcomer.number { return false }
        }
    }
}
