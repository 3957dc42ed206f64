// The names are those of the C interface.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFlomLibrary
internal import FlomNetCore

// Where the daemon is.

@c @implementation public func flom_handle_get_socket_name(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.socketName?.pointer }
}

@c @implementation public func flom_handle_set_socket_name(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        guard value != nil else {
            properties.socketName = nil
            return
        }
        let path = try HandleCall.bytes(value, "socket name")
        guard path.count <= UnixAddress.longestPath else {
            throw Failure(
                FLOM_RC_BUFFER_OVERFLOW, "the socket name has \(path.count) bytes; the system allows \(UnixAddress.longestPath)")
        }
        properties.socketName = CText(path)
        (properties.unicastAddress, properties.multicastAddress) = (nil, nil)
    }
}

@c @implementation public func flom_handle_get_unicast_address(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>? {
    HandleCall.get(handle, none: nil) { $0.unicastAddress?.pointer }
}

@c @implementation public func flom_handle_set_unicast_address(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.unicastAddress = value.map { CText(String(cString: $0)) }
        if value != nil { (properties.socketName, properties.multicastAddress) = (nil, nil) }
    }
}

@c @implementation public func flom_handle_get_multicast_address(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>?
{
    HandleCall.get(handle, none: nil) { $0.multicastAddress?.pointer }
}

@c @implementation public func flom_handle_set_multicast_address(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.multicastAddress = value.map { CText(String(cString: $0)) }
        if value != nil { (properties.socketName, properties.unicastAddress) = (nil, nil) }
    }
}

@c @implementation public func flom_handle_get_unicast_port(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.unicastPort }
}

@c @implementation public func flom_handle_set_unicast_port(_ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32)
    -> Int32
{
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.unicastPort = try HandleCall.number(HandleCall.magnitude(value), PropertyRange.port, "port")
    }
}

@c @implementation public func flom_handle_get_multicast_port(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.multicastPort }
}

@c @implementation public func flom_handle_set_multicast_port(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.multicastPort = try HandleCall.number(HandleCall.magnitude(value), PropertyRange.port, "port")
    }
}

@c @implementation public func flom_handle_get_network_interface(_ handle: UnsafePointer<flom_handle_t>?) -> UnsafePointer<CChar>?
{
    HandleCall.get(handle, none: nil) { $0.networkInterface?.pointer }
}

@c @implementation public func flom_handle_set_network_interface(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: UnsafePointer<CChar>?
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        guard let value else {
            properties.networkInterface = nil
            return
        }
        let name = String(cString: value)
        guard Interfaces.up().contains(where: { $0.name == name && $0.addresses.contains { $0.family == .ipv6 } }) else {
            throw Failure(
                FLOM_RC_INVALID_IPV6_NETWORK_INTERFACE,
                "this host has no network interface '\(name)' that is up and has an IPv6 address")
        }
        properties.networkInterface = CText(name)
    }
}

@c @implementation public func flom_handle_get_discovery_attempts(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.discoveryAttempts }
}

@c @implementation public func flom_handle_set_discovery_attempts(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        let number = value == 0 ? 1 : HandleCall.magnitude(value)
        properties.discoveryAttempts = try HandleCall.number(number, PropertyRange.attempts, "number of attempts")
    }
}

@c @implementation public func flom_handle_get_discovery_timeout(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.discoveryTimeout }
}

@c @implementation public func flom_handle_set_discovery_timeout(
    _ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32
) -> Int32 {
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.discoveryTimeout = try HandleCall.number(
            HandleCall.magnitude(value), PropertyRange.discoveryTimeout, "timeout of a discovery query in milliseconds")
    }
}

@c @implementation public func flom_handle_get_discovery_ttl(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.discoveryTTL }
}

@c @implementation public func flom_handle_set_discovery_ttl(_ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32)
    -> Int32
{
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        let number = value == 0 ? 1 : HandleCall.magnitude(value)
        properties.discoveryTTL = try HandleCall.number(number, PropertyRange.ttl, "number of hops")
    }
}

@c @implementation public func flom_handle_get_start_daemon(_ handle: UnsafePointer<flom_handle_t>?) -> Int32 {
    HandleCall.get(handle, none: FLOM_RC_NULL_OBJECT) { $0.startsDaemon ? 1 : 0 }
}

@c @implementation public func flom_handle_set_start_daemon(_ handle: UnsafeMutablePointer<flom_handle_t>?, _ value: Int32)
    -> Int32
{
    HandleCall.set(handle, .disconnected) { properties throws(Failure) in
        properties.startsDaemon = try HandleCall.flag(value, "answer to whether a daemon is started")
    }
}
