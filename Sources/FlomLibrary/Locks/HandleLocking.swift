internal import CFlomLibrary
internal import FlomClient
internal import FlomModel
internal import FlomSystem
internal import Synchronization

/// From the request to the release. Each is called by the one thread that is in a call.
extension Handle {
    func checkIsUnlocked() throws(Failure) {
        if state == FLOM_HANDLE_STATE_LOCKED {
            throw Failure(FLOM_RC_API_INVALID_SEQUENCE, "the handle holds a lock already; unlock it first")
        }
        if lock != nil {
            throw Failure(
                FLOM_RC_API_INVALID_SEQUENCE, "the handle waits for its lock already; flom_handle_lock_finish has its result")
        }
    }

    /// Makes the request. Nothing is sent yet.
    func ask(_ pointer: HandlePointer) throws(Failure) {
        let order: Order
        if let known = self.order { order = known } else { order = try makeOrder() }
        self.order = order
        Trace.step(.library, "flom_handle_lock: \(order.terms.names)")
        pointer.pointee.locked_element = nil
        let notice = loss.begin()
        let loss = loss
        do {
            let lock = HandleLock(
                try ProgramLock(order.terms, at: order.endpoint, description: order.description) { change in
                    switch change {
                    case .lost: loss.happened(notice)
                    case .heldAfterAll: loss.didNotHappen(notice)
                    case .daemonLost, .daemonBack: break
                    }
                })
            shared.withLock { ($0.granted, $0.waiting) = (Granted(), lock.lock) }
            self.lock = lock
        } catch { throw Failure(error, order.terms, at: order.endpoint) }
    }

    private func makeOrder() throws(Failure) -> Order {
        let properties = properties
        return Order(terms: properties.terms, endpoint: try properties.programEndpoint(), description: properties.describedWords)
    }

    /// Waits for the lock.
    ///
    /// - Parameter milliseconds: how long this call waits; nil for as long as it takes.
    func wait(atMost milliseconds: Int32?, _ pointer: HandlePointer) throws(Failure) -> Int32 {
        guard let lock else { preconditionFailure("a handle waits for no lock") }
        do {
            guard milliseconds != nil else {
                try lock.lock.acquire()
                return granted(pointer)
            }
            if try lock.begin() { return granted(pointer) }
        } catch { throw refused(error) }
        lock.awaitResult(milliseconds: milliseconds ?? 0)
        return try finishWait(pointer)
    }

    /// The result of a wait that the library does.
    func finishWait(_ pointer: HandlePointer) throws(Failure) -> Int32 {
        guard state != FLOM_HANDLE_STATE_LOCKED, let lock else {
            throw Failure(FLOM_RC_API_INVALID_SEQUENCE, "no wait goes on: flom_handle_lock_start begins one")
        }
        switch lock.result {
        case nil: return FLOM_RC_LOCK_ENQUEUED
        case .success?: return granted(pointer)
        case .failure(let error)?: throw refused(error)
        }
    }

    private func granted(_ pointer: HandlePointer) -> Int32 {
        guard let lock else { preconditionFailure("nothing was asked for") }
        let parts = lock.lock.granted
        let granted = Granted(
            parts: parts.map { Granted.Part(element: $0.element.map { CText($0) }, token: UInt64($0.token?.value ?? 0)) },
            requestID: parts.first?.requestID.map { CText($0) })
        shared.withLock { ($0.granted, $0.waiting) = (granted, nil) }
        pointer.pointee.locked_element = granted.parts.first?.element.map { UnsafeMutablePointer(mutating: $0.pointer) }
        state = FLOM_HANDLE_STATE_LOCKED
        return FLOM_RC_OK
    }

    private func refused(_ error: ProgramLock.Failure) -> Failure {
        guard let asked = lock?.lock else { preconditionFailure("nothing was asked for") }
        shared.withLock { $0.waiting = nil }
        lock = nil
        if !error.isBeforeConnection { state = FLOM_HANDLE_STATE_CONNECTED }
        return Failure(error, asked.terms, at: asked.endpoint)
    }

    /// Ends the wait of another thread, or one that the library does; false if there is none.
    func cancelWait() -> Bool {
        guard let waiting = shared.withLock({ $0.waiting }) else { return false }
        waiting.cancel()
        return true
    }

    // MARK: - Release

    func unlock(rollsBack: Bool, _ pointer: HandlePointer) throws(Failure) {
        switch state {
        case FLOM_HANDLE_STATE_CONNECTED where lock == nil: state = FLOM_HANDLE_STATE_DISCONNECTED
        case FLOM_HANDLE_STATE_LOCKED:
            pointer.pointee.locked_element = nil
            state = FLOM_HANDLE_STATE_DISCONNECTED
            if let failure = release(rollsBack: rollsBack) { throw failure }
        default:
            throw Failure(
                FLOM_RC_API_INVALID_SEQUENCE,
                lock == nil ? "the handle holds no lock" : "the handle waits for its lock; cancel that first")
        }
    }

    /// Lets go of the lock, or of the wait for it. Nil if all is well.
    func release(rollsBack: Bool) -> Failure? {
        guard let lock else { return nil }
        self.lock = nil
        shared.withLock { ($0.granted, $0.waiting) = (Granted(), nil) }
        Trace.step(.library, "flom_handle_unlock")
        let end = lock.lock.release(.unlocked(rollback: rollsBack))
        loss.end()
        return Failure(end)
    }
}
