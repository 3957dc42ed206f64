internal import Glibc

struct TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/flom-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("no temporary directory can be made") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    func remove() { _ = Child.run(["rm", "-rf", path]) }
}

/// A FLoM under test, with a daemon of its own.
struct Contender {
    let name: String
    let binary: String
    let directory: String
    let isOurs: Bool
    /// Nil: a new one.
    var journal: String?

    var socketPath: String { "\(directory)/\(name).socket" }

    /// The words of a command of this contender, with its socket (and journal, which is what it is about).
    func command(_ words: [String]) -> [String] {
        let own = isOurs ? ["--journal", journal ?? "\(directory)/journal"] : []
        return [binary, "-s", socketPath, "-d", "-1"] + own + words
    }

    func start() {
        guard Child.run(command(["--", "true"])) == 0 else { fatalError("\(binary) does not run") }
    }

    func stop() {
        let pattern = "^\(binary) -s \(socketPath) -d -1"
        _ = Child.run(["pkill", "-f", pattern])
    }
}

enum Child {
    /// Runs to its end, silently; the exit status, or 128 and the signal.
    static func run(_ words: [String]) -> Int32 {
        let pid = start(words)
        return pid > 0 ? wait(for: pid) : 127
    }

    /// In a process group of its own, and silent; 0 if it cannot be run.
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

enum Ticks {
    /// Nanoseconds that only grow.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func milliseconds(_ nanoseconds: Int64) -> String { hundredths(nanoseconds / 10_000) }
    static func microseconds(_ nanoseconds: Int64) -> String { hundredths(nanoseconds / 10) }

    static func hundredths(_ number: Int64) -> String {
        "\(number / 100)." + String(100 + number % 100).dropFirst()
    }
}
