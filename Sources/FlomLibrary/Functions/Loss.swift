// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary
internal import Synchronization

// Loss and failure.

@c @implementation public func flom_handle_is_lost(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    guard let handle = HandleCall.present(handle), handle.belongsToThisProcess else { return 0 }
    return handle.loss.isLost ? 1 : 0
}

@c @implementation public func flom_handle_get_lost_fd(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    guard handle != nil else { return FLOM_RC_NULL_OBJECT }
    guard let handle = HandleCall.present(handle) else { return FLOM_RC_API_INVALID_SEQUENCE }
    guard handle.belongsToThisProcess else { return FLOM_RC_HANDLE_OF_PARENT }
    return handle.loss.descriptor ?? FLOM_RC_PIPE_ERROR
}

@c @implementation public func flom_handle_set_lost_callback(
    _ handle: UnsafeMutablePointer<flom_handle_t>?,
    _ callback: (@convention(c) (UnsafeMutablePointer<flom_handle_t>?, Int32, UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    // Also from the callback itself, and while another thread is in a call.
    guard let pointer = handle else { return FLOM_RC_NULL_OBJECT }
    guard let handle = HandleCall.present(pointer) else { return FLOM_RC_API_INVALID_SEQUENCE }
    guard handle.belongsToThisProcess else { return FLOM_RC_HANDLE_OF_PARENT }
    handle.loss.call(callback, pointer, context)
    return FLOM_RC_OK
}

@c @implementation public func flom_handle_get_error(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    guard let handle = HandleCall.present(handle) else { return ProgramConfiguration.failure.pointer }
    guard handle.belongsToThisProcess else { return OfParent.text.pointer }
    return handle.shared.withLock { $0.failure.pointer }
}

private enum OfParent {
    static let text = CText(Failure.ofParent.sentence)
}
