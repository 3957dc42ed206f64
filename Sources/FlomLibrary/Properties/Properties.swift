internal import CFlomLibrary
internal import FlomModel
internal import FlomNetCore

/// What a program can set, with the defaults. Texts are kept as programs read them; numbers have their range.
struct Properties: Sendable {
    // The lock. The first resource; the further ones stand behind it.
    var resourceName = CText(ResourceName.unnamed.bytes)
    var resource = ResourceName.unnamed
    var mode = LockMode.exclusive
    var quantity: Int32 = 1
    var others: [LockPart] = []
    /// Milliseconds; negative waits for ever, 0 does not wait.
    var timeout: Int32 = -1
    /// Milliseconds.
    var idleLifespan: Int32 = 0
    var mayCreate = true

    // The daemon: of socket, address and group the first that is there.
    var socketName: CText?
    var unicastAddress: CText?
    var multicastAddress: CText?
    var unicastPort = Int32(NetworkDefaults.port)
    var multicastPort = Int32(NetworkDefaults.port)
    var networkInterface: CText?
    var discoveryAttempts: Int32 = 2
    /// Milliseconds; 0 waits as long as can be.
    var discoveryTimeout: Int32 = 500
    var discoveryTTL: Int32 = 1
    var startsDaemon = false

    var tlsCertificate: CText?
    var tlsPrivateKey: CText?
    var tlsCACertificate: CText?
    var checksPeerID = false

    var traceFile: CText?
    var description: CText?

    var parts: [LockPart] { [LockPart(resource, mode, quantity: quantity)] + others }

    /// Whether a rollback changes what the daemon hands out next.
    var isTransactional: Bool {
        parts.contains { if case .sequence(isTransactional: true, _) = $0.resource.kind { true } else { false } }
    }
}

/// The numbers that properties accept.
enum PropertyRange {
    static let port: ClosedRange<Int32> = 1...65535
    static let attempts: ClosedRange<Int32> = 1...1000
    static let discoveryTimeout: ClosedRange<Int32> = 0...3_600_000
    static let ttl: ClosedRange<Int32> = 1...255
}
