internal import CFlomSystem

/// The lock of what a process has once. Unlike a `Mutex` it can be used in a child that was forked while another thread had it: see
/// `flom_process_generation`. A thread that has it may take it again.
package enum ProcessLock {
    package static func hold<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        flom_process_lock()
        defer { flom_process_unlock() }
        return try body()
    }
}
