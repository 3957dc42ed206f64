// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary
internal import FlomModel

// The life of handles.

@c @implementation public func flom_handle_init(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    guard let handle else { return FLOM_RC_NULL_OBJECT }
    // What was there may be anything, and is not looked at.
    handle.initialize(to: flom_handle_t())
    do throws(Failure) {
        let made = Handle(try ProgramConfiguration.properties())
        guard let key = HandleTable.insert(made) else {
            throw Failure(FLOM_RC_NEW_OBJ, "there are too many handles")
        }
        handle.pointee.conn = key
        handle.pointee.state = FLOM_HANDLE_STATE_INIT
        return FLOM_RC_OK
    } catch { return error.code }
}

@c @implementation public func flom_handle_clean(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    if let handle, let parents = HandleCall.present(handle), !parents.belongsToThisProcess {
        // A child gives back the memory of its copy. The lock is its parent's.
        HandleTable.remove(handle.pointee.conn)
        handle.initialize(to: flom_handle_t(state: FLOM_HANDLE_STATE_CLEANED, conn: nil, config: nil, locked_element: nil))
        return FLOM_RC_OK
    }
    return HandleCall.exclusive(handle) { object, pointer throws(Failure) in
        HandleTable.remove(pointer.pointee.conn)
        pointer.pointee.conn = nil
        pointer.pointee.locked_element = nil
        let failure = object.release(rollsBack: object.state != FLOM_HANDLE_STATE_LOCKED)
        object.loss.close()
        object.state = FLOM_HANDLE_STATE_CLEANED
        return failure?.code ?? FLOM_RC_OK
    }
}

@c @implementation public func flom_handle_new() -> UnsafeMutablePointer<flom_handle_t>? {
    guard let handle = HandleMemory.take() else { return nil }
    guard flom_handle_init(handle) == FLOM_RC_OK else {
        HandleMemory.giveBack(handle)
        return nil
    }
    return handle
}

@c @implementation public func flom_handle_delete(_ handle: UnsafeMutablePointer<flom_handle_t>?) {
    guard let handle, HandleMemory.isTaken(handle) else { return }
    // Another thread is in a call: the handle stays what it is.
    guard flom_handle_clean(handle) != FLOM_RC_HANDLE_IN_USE else { return }
    HandleMemory.giveBack(handle)
}

@c @implementation public func flom_version() -> UnsafePointer<CChar>? { LibraryVersion.text.pointer }

private enum LibraryVersion {
    static let text = CText(FlomVersion.current)
}
