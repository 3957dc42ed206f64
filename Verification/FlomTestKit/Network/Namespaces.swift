import Foundation
import Synchronization

/// The hosts of one test: network namespaces that a bridge joins. The bridge lies in a namespace of its own, so that nothing of it is
/// seen on the machine's own network. Each has a `/var/lib/flom` and a `/var/tmp` of its own; they share all other files,
/// processes and the clock.
///
/// `close` ends every process that was started on them and removes their files, as `Sandbox.close` does.
package final class HostNetwork: Sendable {
    package let box: Sandbox
    /// 192.168.1.2, on which the use case runs the daemon.
    package let mojan: NetworkHost
    /// 192.168.1.4, the other system of the use case.
    package let presanella: NetworkHost
    /// 192.168.1.6.
    package let tonale: NetworkHost
    package var hosts: [NetworkHost] { [mojan, presanella, tonale] }

    private let prefix: String
    private var bridge: String { prefix + "-bridge" }
    private static let counter = Mutex(0)

    package enum Family: Sendable {
        case both
        case onlyIPv6
    }

    /// - Parameters:
    ///   - isShared: as for `Sandbox`.
    ///   - sharesState: whether the hosts have one `/var/lib/flom`, as containers may.
    package init(_ family: Family = .both, isShared: Bool = false, sharesState: Bool = false) async throws {
        let number = Self.counter.withLock { counter in
            counter += 1
            return counter
        }
        let prefix = "\(Self.commonPrefix)\(getpid())n\(number)"
        let box = try Sandbox(isShared: isShared)
        self.box = box
        self.prefix = prefix
        do {
            try Self.prepareDirectories(box, prefix)
            let outcome = try await box.run(["sh", "-ec", Self.script(prefix, family)])
            guard outcome.status == 0 else { throw NeverHappened(description: "no network could be made: \(outcome)") }
            let states = Self.hostNames.map { box.path("\(sharesState ? "mojan" : $0.0)/var") }
            mojan = NetworkHost("mojan", number: 2, prefix, box, state: states[0])
            presanella = NetworkHost("presanella", number: 4, prefix, box, state: states[1])
            tonale = NetworkHost("tonale", number: 6, prefix, box, state: states[2])
        } catch {
            box.close()
            Self.remove(prefix)
            throw error
        }
    }

    package func close() {
        box.close()
        Self.remove(prefix)
    }

    // MARK: - Cables

    /// Takes the cable out of a host, or puts it in again: the host keeps its addresses and routes.
    package func setCable(of host: NetworkHost, connected: Bool) async throws {
        try await administer("-n", bridge, "link", "set", host.name, connected ? "up" : "down")
        try await eventually("\(host.name) notices its cable") {
            let state = try await box.run(["ip", "-n", host.namespace, "-o", "link", "show", "eth0"]).output
            return state.contains("LOWER_UP") == connected
        }
    }

    /// Limits the size of packets to a host. Larger ones are lost silently: a bridge just drops them.
    package func setCable(of host: NetworkHost, bytes: Int) async throws {
        try await administer("-n", bridge, "link", "set", host.name, "mtu", "\(bytes)")
    }

    /// Any `ip` command.
    package func administer(_ words: String...) async throws {
        let outcome = try await box.run(["ip"] + words)
        guard outcome.status == 0 else { throw NeverHappened(description: "`ip \(words)` failed: \(outcome)") }
    }

    // MARK: - Names

    /// Sets the name server for the processes that are started on `host` from now on.
    package func setNameServer(of host: NetworkHost, _ address: String) throws {
        try Files.write("nameserver \(address)\n", to: "\(Self.hostsDirectory)/\(host.namespace)/resolv.conf")
    }

    /// Sets the names in the hosts file of `host`, also for its running processes.
    package func setHostsFile(of host: NetworkHost, _ text: String) async throws {
        // Written in place, because the file is mounted there.
        let outcome = try await host.run(["sh", "-c", #"printf %s "$0" > /etc/hosts"#, text])
        guard outcome.status == 0 else { throw NeverHappened(description: "no hosts file: \(outcome)") }
    }

    // MARK: - Making and removing

    /// `flomt`, the test process and a number: no other program has namespaces with such names.
    private static let commonPrefix = "flomt"
    private static let hostNames = [("mojan", 2), ("presanella", 4), ("tonale", 6)]
    static let stateDirectory = "/var/lib/flom"
    private static let namespaceDirectory = "/run/netns"
    private static let hostsDirectory = "/etc/netns"

    /// Gives each host a home with a configuration that puts its journal there, and its names by `/etc/netns`, which
    /// `ip netns exec` mounts over `/etc`.
    private static func prepareDirectories(_ box: Sandbox, _ prefix: String) throws {
        try Files.makeDirectory(box.path("path"))
        guard symlink(box.program, box.path("path/flom")) == 0 else { throw SystemFailure("symlink") }
        mkdir(hostsDirectory, 0o755)
        mkdir(stateDirectory, 0o700)
        let table = "127.0.0.1 localhost\n" + hostNames.map { "192.168.1.\($1) \($0)\nfd00::\($1) \($0)6\n" }.joined()
        for (name, _) in hostNames {
            try Files.makeDirectory(box.path(name))
            try Files.makeDirectory(box.path("\(name)/var"))
            try Files.makeDirectory(box.path("\(name)/var/tmp"), mode: 0o1777)
            try Files.write("[Journal]\nFile=\(box.path(name))/journal\n", to: box.path("\(name)/.flom"))
            // A test process that ends at this moment removes the empty directory above.
            while mkdir("\(hostsDirectory)/\(prefix)-\(name)", 0o755) != 0 {
                guard errno == ENOENT else { throw SystemFailure("mkdir \(hostsDirectory)/\(prefix)-\(name)") }
                mkdir(hostsDirectory, 0o755)
            }
            try Files.write(table, to: "\(hostsDirectory)/\(prefix)-\(name)/hosts")
        }
    }

    /// Link-local addresses are given by hand: the kernel's own are not usable before a second has passed.
    private static func script(_ prefix: String, _ family: Family) -> String {
        let bridge = "\(prefix)-bridge"
        var lines = [
            "ip netns add \(bridge)", "ip -n \(bridge) link add br0 type bridge mcast_snooping 0 forward_delay 0",
            "ip -n \(bridge) link set br0 up",
        ]
        for (name, number) in hostNames {
            let host = "ip -n \(prefix)-\(name)"
            lines += [
                "ip netns add \(prefix)-\(name)",
                "ip -n \(bridge) link add \(name) type veth peer name eth0 netns \(prefix)-\(name)",
                "ip -n \(bridge) link set \(name) master br0 up", "\(host) link set lo up",
                "\(host) link set eth0 addrgenmode none", "\(host) link set eth0 up",
                "\(host) addr add fe80::\(number)/64 dev eth0 nodad", "\(host) addr add fd00::\(number)/64 dev eth0 nodad",
            ]
            guard case .both = family else { continue }
            lines += ["\(host) addr add 192.168.1.\(number)/24 dev eth0", "\(host) route add 224.0.0.0/4 dev eth0"]
        }
        return lines.joined(separator: "\n")
    }

    /// By the system's calls, for it must work while a test unwinds, too.
    private static func remove(_ prefix: String) {
        for name in hostNames.map(\.0) + ["bridge"] {
            let path = "\(namespaceDirectory)/\(prefix)-\(name)"
            umount2(path, Int32(MNT_DETACH))
            unlink(path)
            for file in ["hosts", "resolv.conf"] { unlink("\(hostsDirectory)/\(prefix)-\(name)/\(file)") }
            rmdir("\(hostsDirectory)/\(prefix)-\(name)")
        }
        // Stays if it is not empty.
        rmdir(hostsDirectory)
    }

    /// Whether all this can be done here: containers often forbid it, even to root. Removes what dead test processes left.
    package static let isPossible: Bool = {
        guard Conditions.isRoot, Conditions.hasProgram("ip") else { return false }
        for name in Files.names(in: namespaceDirectory) where name.hasPrefix(commonPrefix) {
            let rest = name.dropFirst(commonPrefix.count)
            guard let pid = pid_t(rest.prefix { $0.isNumber }), let dash = name.lastIndex(of: "-") else { continue }
            if kill(pid, 0) != 0 { remove(String(name[..<dash])) }
        }
        let probe = "\(commonPrefix)\(getpid())n0"
        defer { remove(probe) }
        let script = """
            ip netns add \(probe)-bridge && ip -n \(probe)-bridge link add br0 type bridge &&
            ip -n \(probe)-bridge link add port type veth peer name eth0 && ip netns exec \(probe)-bridge true
            """
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup("exec 2>&-; \(script)"), nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        var status: Int32 = 1
        return posix_spawnp(&pid, "sh", nil, nil, &words, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0
    }()

    /// Why a test was skipped.
    package static let need = "needs the right to make network namespaces (root, with CAP_SYS_ADMIN and CAP_NET_ADMIN, and `ip`)"
}
