internal import CFlomLibrary
internal import Glibc
internal import Synchronization

/// When a property can be set.
enum Settable {
    /// While the handle has no lock.
    case withoutLock
    /// While the handle has neither lock nor connection.
    case disconnected
    case always

    func allows(_ state: flom_handle_state_t) -> Bool {
        switch self {
        case .withoutLock: state != FLOM_HANDLE_STATE_LOCKED
        case .disconnected: state == FLOM_HANDLE_STATE_INIT || state == FLOM_HANDLE_STATE_DISCONNECTED
        case .always: true
        }
    }
}

extension HandleCall {
    /// Sets a property. In the wrong state nothing changes, and the code is a warning.
    static func set(
        _ pointer: HandlePointer?, _ settable: Settable, _ change: (inout Properties) throws(Failure) -> Void
    ) -> Int32 {
        exclusive(pointer, garbage: FLOM_RC_API_IMMUTABLE_HANDLE) { handle, _ throws(Failure) in
            guard settable.allows(handle.state), handle.lock == nil || handle.state == FLOM_HANDLE_STATE_LOCKED else {
                throw Failure(
                    FLOM_RC_API_IMMUTABLE_HANDLE, "this property cannot be set while the handle \(state(handle)); unlock it first"
                )
            }
            var properties = handle.properties
            try change(&properties)
            handle.order = nil
            handle.shared.withLock { $0.properties = properties }
            return FLOM_RC_OK
        }
    }

    private static func state(_ handle: Handle) -> String {
        if handle.state == FLOM_HANDLE_STATE_LOCKED { return "holds its lock" }
        return handle.lock == nil ? "is CONNECTED" : "waits for its lock"
    }

    /// The bytes of an argument.
    ///
    /// - Parameter what: the argument's name.
    static func bytes(_ text: UnsafePointer<CChar>?, _ what: String) throws(Failure) -> [UInt8] {
        guard let text else { throw Failure(FLOM_RC_NULL_OBJECT, "the \(what) is NULL") }
        return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// A number in its range.
    static func number(_ value: Int32, _ range: ClosedRange<Int32>, _ what: String) throws(Failure) -> Int32 {
        guard range.contains(value) else {
            throw Failure(
                FLOM_RC_OUT_OF_RANGE, "\(value) is no \(what): it is from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// As 1.7.2 takes it: without the sign, if it has one.
    static func magnitude(_ value: Int32) -> Int32 { value == .min ? value : abs(value) }

    static func flag(_ value: Int32, _ what: String) throws(Failure) -> Bool { try number(value, 0...1, what) == 1 }
}
