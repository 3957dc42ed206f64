internal import CFlomLibrary
internal import Synchronization

typealias HandlePointer = UnsafeMutablePointer<flom_handle_t>
typealias ConstantHandlePointer = UnsafePointer<flom_handle_t>

/// How the functions of the interface get to the handle behind a pointer.
enum HandleCall {
    /// Makes a call that no other thread can disturb.
    ///
    /// - Parameter garbage: the code for a handle that is none: memory that was never initialised, or a handle that has been cleaned.
    static func exclusive(
        _ pointer: HandlePointer?, garbage: Int32 = FLOM_RC_API_INVALID_SEQUENCE,
        _ body: (Handle, HandlePointer) throws(Failure) -> Int32
    ) -> Int32 {
        guard let pointer else { return FLOM_RC_NULL_OBJECT }
        // As in 1.7.2, whose programs try it: the state decides before anything else is looked at.
        guard isAlive(pointer.pointee.state) else { return garbage }
        guard let handle = HandleTable.find(pointer.pointee.conn) else { return Failure.freed.code }
        guard handle.belongsToThisProcess else { return Failure.ofParent.code }
        // A program that is told of a loss is on a thread that has to go on.
        guard !handle.loss.isInCall, handle.enter() else { return Failure.inUse.code }
        guard handle.state != FLOM_HANDLE_STATE_CLEANED else {
            // Another thread has cleaned it just now.
            handle.leave()
            return Failure.freed.code
        }
        defer {
            pointer.pointee.state = handle.state
            handle.leave()
        }
        do { return try body(handle, pointer) } catch {
            handle.note(error)
            return error.code
        }
    }

    /// The handle for a call that may be made while another thread is in one; nil if the pointer leads to none.
    static func present(_ pointer: ConstantHandlePointer?) -> Handle? {
        guard let pointer, isAlive(pointer.pointee.state) else { return nil }
        return HandleTable.find(pointer.pointee.conn)
    }

    private static func isAlive(_ state: flom_handle_state_t) -> Bool {
        state.rawValue >= FLOM_HANDLE_STATE_INIT.rawValue && state.rawValue <= FLOM_HANDLE_STATE_DISCONNECTED.rawValue
    }

    /// Reads what `flom_handle_get_…` returns. A pointer that leads to no handle shows the configuration of the library.
    static func get<Value>(_ pointer: ConstantHandlePointer?, none: Value, _ read: (Properties) -> Value) -> Value {
        guard pointer != nil else { return none }
        guard let handle = present(pointer) else { return read(ProgramConfiguration.present) }
        // After fork nobody else is there, and the mutex may have been taken by a thread that is not.
        guard handle.belongsToThisProcess else { return none }
        return handle.shared.withLock { read($0.properties) }
    }
}
