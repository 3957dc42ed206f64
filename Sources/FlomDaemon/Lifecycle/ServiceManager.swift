internal import FlomSystem
internal import Glibc

/// What this process was given by a service manager that speaks systemd's protocols, as described by sd_notify(3),
/// sd_watchdog_enabled(3) and sd_listen_fds(3).
///
/// Only `--foreground` takes it: a daemon that a client starts inside of a unit is not that unit's main process.
package struct ServiceManager: Sendable {
    private static let notifyVariable = "NOTIFY_SOCKET"
    private static let watchdogVariable = "WATCHDOG_USEC"
    private static let watchdogPIDVariable = "WATCHDOG_PID"
    private static let listenPIDVariable = "LISTEN_PID"
    private static let listenCountVariable = "LISTEN_FDS"
    private static let listenNamesVariable = "LISTEN_FDNAMES"
    private static let variables = [
        notifyVariable, watchdogVariable, watchdogPIDVariable, listenPIDVariable, listenCountVariable, listenNamesVariable,
    ]
    /// SD_LISTEN_FDS_START.
    private static let firstDescriptor: Int32 = 3
    /// More than an endpoint has addresses. A larger number is an error.
    private static let mostDescriptors: Int32 = 64

    let notifier: ServiceNotifier?
    /// The time within which a sign of life is expected, in microseconds; nil if none is.
    let watchdogMicroseconds: Int64?
    /// The listening sockets that the manager opened, which stay its own.
    let sockets: [Int32]
    /// The variables as they came, for this process' own program when it takes over from itself.
    private let given: [(name: String, value: String)]

    /// Reads the variables and removes them: they are not for processes that the daemon starts.
    package static func fromEnvironment() -> ServiceManager {
        let given = variables.compactMap { name in getenv(name).map { (name: name, value: String(cString: $0)) } }
        forget()
        return ServiceManager(given)
    }

    /// Removes the variables, in a process that they are not for.
    package static func forget() { for name in variables { unsetenv(name) } }

    private init(_ given: [(name: String, value: String)]) {
        self.given = given
        func value(_ name: String) -> String? { given.first { $0.name == name }?.value }
        func isOurs(_ name: String) -> Bool { value(name).map { Int32($0) == getpid() } ?? false }
        notifier = value(Self.notifyVariable).flatMap { ServiceNotifier(name: $0) }
        let watches = value(Self.watchdogPIDVariable) == nil || isOurs(Self.watchdogPIDVariable)
        watchdogMicroseconds = watches ? value(Self.watchdogVariable).flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil } : nil
        let count = value(Self.listenCountVariable).flatMap { Int32($0) } ?? 0
        guard isOurs(Self.listenPIDVariable), (1...Self.mostDescriptors).contains(count) else {
            sockets = []
            return
        }
        sockets = Array(Self.firstDescriptor..<Self.firstDescriptor + count)
        for socket in sockets { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
    }

    /// The variables with which this process executes its program anew. The sockets stay open for it.
    func environmentForExecution() -> [String] {
        for socket in sockets { _ = fcntl(socket, F_SETFD, 0) }
        return given.map { "\($0.name)=\($0.value)" }
    }
}

/// Tells the service manager the daemon's state, over its datagram socket.
struct ServiceNotifier: Sendable {
    private let socket: Int32
    private let address: [UInt8]
    private let path = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2

    /// - Parameter name: a path, or `@` and the name of an abstract socket. Nil for anything else.
    init?(name: String) {
        var bytes = Array(name.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), bytes.count > 1,
            bytes.count <= MemoryLayout<sockaddr_un>.size - path - 1
        else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        address = bytes
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        // A manager that reads slowly holds up the locks no longer than this.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Parameter isUrgent: whether to wait up to 1 s until the manager can take it. False for what comes again anyway.
    func tell(_ assignments: [String], isUrgent: Bool = true) {
        let text = Array(assignments.map { $0 + "\n" }.joined().utf8)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // The length is part of an abstract name.
        let length = socklen_t(path + address.count + (address[0] == 0 ? 0 : 1))
        let flags = Int32(MSG_NOSIGNAL) | (isUrgent ? 0 : Int32(MSG_DONTWAIT))
        withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                _ = text.withUnsafeBytes { sendto(socket, $0.baseAddress, $0.count, flags, target, length) }
            }
        }
    }
}
