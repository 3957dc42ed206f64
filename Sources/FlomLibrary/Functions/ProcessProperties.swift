// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary

// What is shown of the process, and where its trace goes.

@c @implementation public func flom_handle_get_trace_filename(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.traceFile?.pointer }
}

@c @implementation public func flom_handle_set_trace_filename(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    let file = value.map { CText(String(cString: $0)) }
    if handle != nil, HandleCall.present(handle) == nil {
        // As in 1.7.2: it concerns the process.
        do { try TraceProperty.redirect(to: file) } catch { return error.code }
        return FLOM_RC_OK
    }
    return HandleCall.set(handle, .always) { properties throws(Failure) in
        try TraceProperty.redirect(to: file)
        properties.traceFile = file
    }
}

@c @implementation public func flom_handle_get_description(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.description?.pointer }
}

@c @implementation public func flom_handle_set_description(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        properties.description = value.map { CText(String(cString: $0)) }
    }
}
