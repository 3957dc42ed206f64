// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary
internal import FlomModel
internal import FlomWire

// The properties of the lock.

@c @implementation public func flom_handle_get_resource_name(
    _ handle: UnsafePointer<flom_handle_t>?
) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.resourceName.pointer }
}

@c @implementation public func flom_handle_set_resource_name(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        let name = try HandleCall.bytes(value, "resource name")
        properties.resource = try ResourceArgument.name(name)
        properties.resourceName = CText(name)
    }
}

@c @implementation public func flom_handle_get_lock_mode(_ handle: UnsafePointer<flom_handle_t>?) -> flom_lock_mode_t {
    HandleCall.get(handle, none: FLOM_LOCK_MODE_INVALID) { flom_lock_mode_t(rawValue: UInt32($0.mode.rawValue)) }
}

@c @implementation public func flom_handle_set_lock_mode(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: flom_lock_mode_t
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        properties.mode = try ResourceArgument.mode(value)
    }
}

@c @implementation public func flom_handle_get_resource_quantity(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.quantity }
}

@c @implementation public func flom_handle_set_resource_quantity(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        if value == 0 { return }
        properties.quantity = try ResourceArgument.quantity(HandleCall.magnitude(value))
    }
}

@c @implementation public func flom_handle_get_resource_timeout(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.timeout }
}

@c @implementation public func flom_handle_set_resource_timeout(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { $0.timeout = value }
}

@c @implementation public func flom_handle_get_resource_idle_lifespan(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.idleLifespan }
}

@c @implementation public func flom_handle_set_resource_idle_lifespan(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        properties.idleLifespan = try HandleCall.number(HandleCall.magnitude(value), 0...Int32.max, "lifespan in milliseconds")
    }
}

@c @implementation public func flom_handle_get_resource_create(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.mayCreate ? 1 : 0 }
}

@c @implementation public func flom_handle_set_resource_create(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.mayCreate = try HandleCall.flag(value, "answer to whether the resource is created")
    }
}

// Further resources.

@c @implementation public func flom_handle_add_resource(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ name: UnsafePointer<CChar>?, _ mode: flom_lock_mode_t, _ quantity: Int32
) -> Int32 {
    HandleCall.set(handle, .withoutLock) { properties throws(Failure) in
        guard properties.others.count + 1 < PartLimit.resources else {
            throw Failure(FLOM_RC_OUT_OF_RANGE, "a handle has at most \(PartLimit.resources) resources")
        }
        let part = LockPart(
            try ResourceArgument.name(try HandleCall.bytes(name, "resource name")), try ResourceArgument.mode(mode),
            quantity: try ResourceArgument.quantity(quantity))
        properties.others.append(part)
    }
}

@c @implementation public func flom_handle_clear_resources(_ handle: UnsafeMutablePointer<flom_handle_t>?) -> Int32 {
    HandleCall.set(handle, .withoutLock) { $0.others.removeAll() }
}

@c @implementation public func flom_handle_count_resources(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { Int32($0.others.count + 1) }
}

/// Arguments about resources.
private enum ResourceArgument {
    static func name(_ bytes: [UInt8]) throws(Failure) -> ResourceName {
        do { return try ResourceName(bytes) } catch {
            let name = String(decoding: bytes, as: UTF8.self)
            throw Failure(FLOM_RC_INVALID_RESOURCE_NAME, "'\(name)' is no name of a resource: \(error.reason)")
        }
    }

    static func mode(_ value: flom_lock_mode_t) throws(Failure) -> LockMode {
        guard let number = UInt8(exactly: value.rawValue), let mode = LockMode(rawValue: number) else {
            throw Failure(
                FLOM_RC_OUT_OF_RANGE,
                "\(Int32(bitPattern: value.rawValue)) is no lock mode: they are FLOM_LOCK_MODE_NL (0) to EX (5)")
        }
        return mode
    }

    static func quantity(_ value: Int32) throws(Failure) -> Int32 { try HandleCall.number(value, 1...Int32.max, "quantity") }
}
