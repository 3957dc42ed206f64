internal import CFlomSystem
internal import Glibc

/// A program that this process starts for its own purposes. Nothing else here notices its end: there is no signal, and `wait` for any child
/// does not return it.
package enum Helper {
    /// - Parameters:
    ///   - output: where its output goes; nowhere if negative. `errors` likewise.
    ///   - leads: whether it has a session of its own, without the terminal.
    /// - Returns: its pid, for `awaitEnd`; nil, with `errno`, if it cannot be started.
    package static func start(_ words: [String], output: Int32 = -1, errors: Int32 = -1, leads: Bool = false) -> Int32? {
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: Int32 = 0
        let failure = flom_start_helper(&pid, arguments[0]!, &arguments, environ, output, errors, leads ? 1 : 0)
        if failure == 0 { return pid }
        errno = failure
        return nil
    }

    /// Waits for its end. Nil if its wait status cannot be learnt.
    package static func awaitEnd(of pid: Int32) -> Int32? {
        let status = flom_await_helper(pid)
        return status < 0 ? nil : status
    }
}
