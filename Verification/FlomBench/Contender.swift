internal import Glibc

struct TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/flom-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { Bench.fail("no temporary directory can be made") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    func remove() { _ = Child.run(["rm", "-rf", path]) }
}

/// What is measured beside what.
enum Role: String {
    /// The flom of this source tree.
    case flom
    /// Another version of flom.
    case old
    /// Another FLoM.
    case peer
    /// `flom-floor`: the least that can serve these locks.
    case floor

    var hasJournal: Bool { self == .flom || self == .old }
}

/// A FLoM under test, with a daemon of its own.
final class Contender {
    let role: Role
    let binary: String
    let directory: String
    /// Nil: a new one.
    let journal: String?
    /// Each daemon has a socket and a journal of its own, so that none meets the files of the one before.
    private var daemons = 0

    init(_ role: Role, binary: String, directory: String, journal: String? = nil) {
        self.role = role
        self.binary = binary
        self.directory = directory
        self.journal = journal
    }

    var socketPath: String { "\(directory)/\(role)\(daemons).socket" }
    var journalPath: String { journal ?? "\(directory)/\(role)\(daemons).journal" }

    /// The words of a command of this contender, with its socket, and its journal where it has one.
    func command(_ words: [String]) -> [String] {
        let own = role.hasJournal ? ["--journal", journalPath] : []
        return [binary, "-s", socketPath, "-d", "-1"] + own + words
    }

    func start() {
        if role == .floor { return startFloor() }
        guard Child.run(command(["--", "true"])) == 0 else { Bench.fail("\(binary) does not run") }
    }

    /// It is no command that starts its daemon: it is the daemon.
    private func startFloor() {
        let pid = Child.start([binary, socketPath])
        guard pid > 0 else { Bench.fail("\(binary) does not run") }
        while !WireClient.canConnect(to: socketPath) {
            guard waitpid(pid, nil, WNOHANG) == 0 else { Bench.fail("\(binary) has ended") }
            usleep(1000)
        }
    }

    func stop() {
        let client = client("stop")
        let daemon = client.daemon
        client.disconnect()
        kill(daemon, SIGTERM)
        while kill(daemon, 0) == 0 && !DaemonProcess(id: daemon).isZombie { usleep(1000) }
        if role == .floor { Child.wait(for: daemon) }
    }

    func client(_ resource: String) -> WireClient { WireClient(socketPath: socketPath, resource: resource) }

    /// Runs `body` with an unused daemon.
    func withDaemon<Result>(_ body: (DaemonProcess) -> Result) -> Result {
        daemons += 1
        start()
        let client = client("who")
        let daemon = DaemonProcess(id: client.daemon)
        client.disconnect()
        defer {
            stop()
            for file in [journalPath, journalPath + "-wal", journalPath + "-shm"] where journal == nil { unlink(file) }
        }
        return body(daemon)
    }
}

/// The kernel's figures of a daemon.
struct DaemonProcess {
    let id: pid_t

    var residentBytes: Int { field("VmRSS:") * 1024 }
    var threads: Int { field("Threads:") }
    var isZombie: Bool { lines.contains { $0.hasPrefix("State:") && $0.contains("Z") } }

    /// The processors that it may use, as numbers and ranges with commas between.
    var processors: String { text("Cpus_allowed_list:") ?? "" }

    private var lines: [Substring] {
        guard let file = fopen("/proc/\(id)/status", "r") else { return ["State: Z"] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    }

    private func field(_ name: String) -> Int { text(name).flatMap { Int($0) } ?? 0 }

    /// The first word behind a name.
    private func text(_ name: String) -> String? {
        lines.first { $0.hasPrefix(name) }.map { String($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) }
    }
}

enum Child {
    /// Runs a command to its end, silently; returns the exit status, or 128 plus the signal.
    static func run(_ words: [String]) -> Int32 {
        let pid = start(words)
        return pid > 0 ? wait(for: pid) : 127
    }

    /// Starts a silent process in a process group of its own; 0 if it cannot be run.
    static func start(_ words: [String]) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [1, 2] as [Int32] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ) == 0 ? pid : 0
    }

    @discardableResult
    static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
