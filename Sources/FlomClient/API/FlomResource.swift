internal import FlomModel

/// A resource to lock: a name whose form says what it is, with a mode or a quantity.
///
///     "db"              one thing
///     "licence[3]"      a pool of three, of which `quantity` are taken
///     "gpu0.gpu1"       one of several, which `FlomLock.element` tells
///     "/srv/db"         a path, with everything below it
///     "_s_n[1]"         the next number of a sequence; "_S_n[1]" of one that gives a number out again after a rollback
///     "_t_%Y%m%d[1]"    a time stamp
public struct FlomResource: Hashable, Sendable, ExpressibleByStringLiteral {
    public var name: String
    /// How far others may hold it at the same time. Means nothing for pools, sets, sequences and time stamps.
    public var mode: FlomLockMode
    /// How many of a pool, 1 to its size. Means nothing for other resources.
    public var quantity: Int

    public init(_ name: String, mode: FlomLockMode = .exclusive, quantity: Int = 1) {
        self.name = name
        self.mode = mode
        self.quantity = quantity
    }

    public init(stringLiteral name: String) { self.init(name) }

    /// - Throws: with a sentence that says what is accepted.
    func part() throws(FlomError) -> LockPart {
        let resource: ResourceName
        do { resource = try ResourceName(Array(name.utf8)) } catch {
            throw .invalidName("'\(name)' is not the name of a resource: \(error.reason)")
        }
        guard let quantity = Int32(exactly: quantity), quantity > 0 else {
            throw .invalidValue("\(quantity) of '\(name)' cannot be locked: a quantity is 1 to \(Int32.max)")
        }
        return LockPart(resource, mode.mode, quantity: quantity)
    }
}

/// How far a holder shares a resource.
public enum FlomLockMode: Hashable, Sendable, CaseIterable {
    /// Excludes nobody but those who want it exclusively.
    case nullLock
    case concurrentRead, concurrentWrite, protectedRead, protectedWrite
    /// Excludes everybody.
    case exclusive

    var mode: LockMode {
        switch self {
        case .nullLock: .nullLock
        case .concurrentRead: .concurrentRead
        case .concurrentWrite: .concurrentWrite
        case .protectedRead: .protectedRead
        case .protectedWrite: .protectedWrite
        case .exclusive: .exclusive
        }
    }
}
