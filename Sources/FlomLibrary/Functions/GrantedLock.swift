// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary
internal import Synchronization

// What has been granted.

@c @implementation public func flom_handle_get_locked_element(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    flom_handle_get_locked_element_of(handle, 0)
}

@c @implementation public func flom_handle_get_locked_element_of(
    _ handle: UnsafePointer<flom_handle_t>?, _ index: Int32
) -> UnsafePointer<CChar>? {
    HandleCall.granted(handle, index)?.element?.pointer
}

@c @implementation public func flom_handle_get_fencing_token(_ handle: UnsafePointer<flom_handle_t>?) -> flom_fencing_token_t {
    flom_handle_get_fencing_token_of(handle, 0)
}

@c @implementation public func flom_handle_get_fencing_token_of(
    _ handle: UnsafePointer<flom_handle_t>?, _ index: Int32
) -> flom_fencing_token_t {
    HandleCall.granted(handle, index)?.token ?? 0
}

@c @implementation public func flom_handle_get_request_id(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    guard let handle = HandleCall.present(handle), handle.belongsToThisProcess else { return nil }
    return handle.shared.withLock { $0.granted.requestID?.pointer }
}

extension HandleCall {
    /// What was granted on one resource; nil if the handle has no lock, or no such resource.
    fileprivate static func granted(_ pointer: UnsafePointer<flom_handle_t>?, _ index: Int32) -> Granted.Part? {
        guard let handle = present(pointer), handle.belongsToThisProcess else { return nil }
        return handle.shared.withLock { $0.granted.parts.indices.contains(Int(index)) ? $0.granted.parts[Int(index)] : nil }
    }
}
