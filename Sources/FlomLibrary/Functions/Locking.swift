// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary

// Locks.

@c @implementation public func flom_handle_lock(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.exclusive(handle) { handle, pointer throws(Failure) in
        try handle.checkIsUnlocked()
        try handle.ask(pointer)
        return try handle.wait(atMost: nil, pointer)
    }
}

@c @implementation public func flom_handle_unlock(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.exclusive(handle) { handle, pointer throws(Failure) in
        try handle.unlock(rollsBack: false, pointer)
        return FLOM_RC_OK
    }
}

@c @implementation public func flom_handle_unlock_rollback(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.exclusive(handle) { handle, pointer throws(Failure) in
        try handle.unlock(rollsBack: true, pointer)
        guard handle.properties.isTransactional else {
            throw Failure(
                FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL,
                "the lock is released; only transactional sequences (_S_R[N]) have something to roll back")
        }
        return FLOM_RC_OK
    }
}

@c @implementation public func flom_handle_cancel(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    guard handle != nil else { return FLOM_RC_NULL_OBJECT }
    guard let handle = HandleCall.present(handle) else { return FLOM_RC_API_INVALID_SEQUENCE }
    guard handle.belongsToThisProcess else { return FLOM_RC_HANDLE_OF_PARENT }
    return handle.cancelWait() ? FLOM_RC_OK : FLOM_RC_API_INVALID_SEQUENCE
}

// Locks for which an event loop waits.

@c @implementation public func flom_handle_lock_start(_ handle: UnsafeMutablePointer<flom_handle_t>?, _ milliseconds: Int32)
    -> Int32
{
    HandleCall.exclusive(handle) { handle, pointer throws(Failure) in
        try handle.checkIsUnlocked()
        try handle.ask(pointer)
        return try handle.wait(atMost: max(0, milliseconds), pointer)
    }
}

@c @implementation public func flom_handle_get_wait_fd(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.exclusive(handle) { handle, _ throws(Failure) in
        guard handle.state != FLOM_HANDLE_STATE_LOCKED, let descriptor = handle.lock?.resultDescriptor else {
            throw Failure(FLOM_RC_API_INVALID_SEQUENCE, "no wait goes on: flom_handle_lock_start begins one")
        }
        return descriptor
    }
}

@c @implementation public func flom_handle_lock_finish(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.exclusive(handle) { handle, pointer throws(Failure) in try handle.finishWait(pointer) }
}
