import Foundation

/// A system call that failed in the tests' own machinery.
package struct SystemFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ call: String, _ code: Int32 = errno) { description = "\(call): \(String(cString: strerror(code)))" }
}

/// The properties of a new process.
struct Birth {
    var words: [String]
    var environment: [String: String]
    var directory: String
    /// Files that take stdout and stderr.
    var output: String
    var errors: String
    /// The descriptors among 0, 1 and 2 that are closed in the process.
    var closed: Set<Int32> = []
    /// Further descriptors, each with the file that it reads.
    var descriptors: [Int32: String] = [:]
}

/// Starts processes that inherit only what is named: no pipes, which another process that starts at the same moment
/// could inherit and keep open, and neither the signal mask nor the dispositions of the test process.
enum Spawning {
    static func start(_ birth: Birth) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&files)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&files)
            posix_spawnattr_destroy(&attributes)
        }

        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, birth.output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&files, 2, birth.errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        for descriptor in birth.closed { posix_spawn_file_actions_addclose(&files, descriptor) }
        for (descriptor, path) in birth.descriptors {
            posix_spawn_file_actions_addopen(&files, descriptor, path, O_RDONLY, 0)
        }

        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        // Swift's Glibc module has no file action that changes the directory; `env` becomes the program, so the pid is its own.
        let words = (["env", "-C", birth.directory] + birth.words).map { strdup($0) } + [nil]
        let variables = birth.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, "env", &files, &attributes, words, variables)
        guard result == 0 else { throw SystemFailure("starting '\(birth.words[0])'", result) }
        return pid
    }
}
