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

/// A FLoM under test, with a daemon of its own.
final class Contender {
    let name: String
    let binary: String
    let directory: String
    let isOurs: Bool
    /// Nil: a new one.
    let journal: String?
    /// Each daemon has a socket and a journal of its own, so that none meets the files of the one before.
    private var daemons = 0

    init(name: String, binary: String, directory: String, isOurs: Bool, journal: String? = nil) {
        self.name = name
        self.binary = binary
        self.directory = directory
        self.isOurs = isOurs
        self.journal = journal
    }

    var socketPath: String { "\(directory)/\(name)\(daemons).socket" }
    var journalPath: String { journal ?? "\(directory)/\(name)\(daemons).journal" }

    /// The words of a command of this contender, with its socket, and its journal where it has one.
    func command(_ words: [String]) -> [String] {
        let own = isOurs ? ["--journal", journalPath] : []
        return [binary, "-s", socketPath, "-d", "-1"] + own + words
    }

    func start() {
        guard Child.run(command(["--", "true"])) == 0 else { Bench.fail("\(binary) does not run") }
    }

    func stop() {
        let client = client("stop")
        let daemon = client.daemon
        client.disconnect()
        kill(daemon, SIGTERM)
        while kill(daemon, 0) == 0 && !DaemonProcess(id: daemon).isZombie { usleep(1000) }
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

    private var lines: [Substring] {
        guard let file = fopen("/proc/\(id)/status", "r") else { return ["State: Z"] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    }

    private func field(_ name: String) -> Int {
        lines.first { $0.hasPrefix(name) }.flatMap { Int($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) } ?? 0
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
