internal import CFlomSystem
internal import Glibc

/// Constraints that a daemon inherits from the shell, job or service of its first command: resource limits, scheduling class,
/// allowed processors, OOM score. Without this they would last for the daemon's life and affect all its clients.
package enum InheritedConstraints {
    /// Lifts the constraints that this process has the right to lift.
    ///
    /// - Parameters:
    ///   - isForeground: whether a service manager has started the process. Its settings are meant for it, so only soft limits
    ///     are raised.
    ///   - descriptors: the number of descriptors that the process may come to need.
    /// - Returns: the constraints that stay and may do harm, a few words each.
    package static func lift(isForeground: Bool, descriptors: Int) -> [String] {
        ResourceLimit.openFiles.raise(to: isForeground ? nil : UInt64(descriptors), beyondMost: !isForeground)
        ResourceLimit.openFiles.raise(to: nil, beyondMost: false)
        for limit in [ResourceLimit.fileSize, .processorTime, .addressSpace, .data, .processes, .realTime] {
            limit.raise(to: nil, beyondMost: !isForeground)
        }
        ResourceLimit.stack.raise(to: stackBytes, beyondMost: !isForeground)
        flom_set_thread_stack(threadStackBytes)
        var left = harmfulLimits()
        if let bytes = ResourceLimit.fileSize.values.most { left.append("files of \(bytes >> 10) KiB") }
        if let count = ResourceLimit.openFiles.values.most, count < leastDescriptors { left.append("\(count) open files") }
        guard !isForeground else { return left }
        if flom_default_scheduling() != 0 { left.append("its scheduling policy") }
        if flom_default_io_priority() != 0 { left.append("its I/O class") }
        if flom_default_affinity() != 0 { left.append("its processors") }
        flom_default_memory_policy()
        if let nice = niceness(), nice != 0, setpriority(process, 0, 0) != 0 { left.append("nice \(nice)") }
        if let score = memoryScore(), score != 0, !setMemoryScore(0), score > 0 { left.append("oom_score_adj \(score)") }
        return left
    }

    /// Linux's default.
    private static let stackBytes: UInt64 = 8 << 20
    /// More than any helper thread needs, and little enough where memory is limited.
    private static let threadStackBytes = 2 << 20

    /// Limits of time and memory that this process or its children cannot exceed and that can end or stop a daemon, a few words
    /// each.
    package static func harmfulLimits() -> [String] {
        var words: [String] = []
        if let seconds = ResourceLimit.processorTime.values.most { words.append("\(seconds) s of processor time") }
        for (limit, name) in [(ResourceLimit.addressSpace, "address space"), (.data, "data")] {
            if let bytes = limit.values.most, bytes < leastMemory { words.append("\(bytes >> 20) MiB of \(name)") }
        }
        return words
    }

    /// More than 20 000 clients take.
    private static let leastMemory: UInt64 = 4 << 30
    private static let leastDescriptors: UInt64 = 1024

    private static let process = __priority_which_t(PRIO_PROCESS.rawValue)

    private static func niceness() -> Int32? {
        errno = 0
        let nice = getpriority(process, 0)
        return nice == -1 && errno != 0 ? nil : nice
    }

    private static let scorePath = "/proc/self/oom_score_adj"

    /// The OOM score adjustment, from -1000 (never killed) to 1000 (killed first); nil if it cannot be read.
    package static func memoryScore() -> Int? {
        Files.contents(of: scorePath, limit: 16).flatMap { Int(String(decoding: $0.filter { $0 > 32 }, as: UTF8.self)) }
    }

    private static func setMemoryScore(_ score: Int) -> Bool {
        guard let file = try? Descriptor.open(scorePath, O_WRONLY) else { return false }
        return writeAll(Array("\(score)\n".utf8), to: file.number)
    }
}
