// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary

// TLS.

@c @implementation public func flom_handle_get_tls_certificate(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.tlsCertificate?.pointer }
}

@c @implementation public func flom_handle_set_tls_certificate(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.tlsCertificate = try value.map { value throws(Failure) in try TLSFiles.canonical(String(cString: value)) }
    }
}

@c @implementation public func flom_handle_get_tls_private_key(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.tlsPrivateKey?.pointer }
}

@c @implementation public func flom_handle_set_tls_private_key(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.tlsPrivateKey = try value.map { value throws(Failure) in try TLSFiles.canonical(String(cString: value)) }
    }
}

@c @implementation public func flom_handle_get_tls_ca_certificate(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<
    CChar
>? {
    HandleCall.get(handle, none: nil) { $0.tlsCACertificate?.pointer }
}

@c @implementation public func flom_handle_set_tls_ca_certificate(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.tlsCACertificate = try value.map { value throws(Failure) in try TLSFiles.canonical(String(cString: value)) }
    }
}

@c @implementation public func flom_handle_get_tls_check_peer_id(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.checksPeerID ? 1 : 0 }
}

@c @implementation public func flom_handle_set_tls_check_peer_id(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.checksPeerID = try HandleCall.flag(value, "answer to whether the daemon's certificate is checked")
    }
}
